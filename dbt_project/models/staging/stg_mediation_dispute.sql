-- One row per dispute found by screening: its current version, placed by its codes.
with version as (
    {{ current_version('mediation_dispute', key=['case_no'], version='updated_at') }}
),

placed as (
    {{ place_by_code('version', 'grid_code') }}
),

final as (
    select
        case_no,
        dispute_type,
        risk_level,
        found_by,
        grid_code,
        found_at,
        accepted_at,
        outcome,
        resolved_at,
        performed_at,
        closed_at,
        relapsed_at,
        updated_at,
        stated_street_code,
        community_code,
        area_code,
        area_resolution
    from placed
)

select * from final
