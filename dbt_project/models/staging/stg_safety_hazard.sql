-- One row per safety hazard: its current version, placed by its codes.
with version as (
    {{ current_version('safety_hazard', key=['hazard_no'], version='updated_at') }}
),

placed as (
    {{ place_by_code('version', 'grid_code') }}
),

final as (
    select
        hazard_no,
        site_type,
        level,
        found_by,
        grid_code,
        found_at,
        ordered_at,
        due_at,
        rectified_at,
        verified_at,
        penalised_at,
        updated_at,
        stated_street_code,
        community_code,
        area_code,
        area_resolution
    from placed
)

select * from final
