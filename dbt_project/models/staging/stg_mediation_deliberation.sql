-- One row per item raised at a deliberation point: its current version, placed by its codes.
with version as (
    {{ current_version('mediation_deliberation', key=['item_no'], version='updated_at') }}
),

placed as (
    {{ place_by_code('version', 'community_code') }}
),

final as (
    select
        item_no,
        point_code,
        topic,
        session_count,
        raised_at,
        closed_at,
        satisfaction,
        updated_at,
        stated_street_code,
        community_code,
        area_code,
        area_resolution
    from placed
)

select * from final
