-- One row per mediation case and dispute found by screening: closed, agreed, performed, relapsed are four things.
{{ config(meta={'rows_by': 'reported_at', 'sharing': 'not_shared'}) }}
with dispute as (
    select
        'mediation_case' as feed,
        *
    from {{ ref('stg_mediation_case') }}
    union all by name
    -- What screening finds is reported the moment it is found.
    select
        'mediation_dispute' as feed,
        * exclude (found_at),
        found_at as reported_at
    from {{ ref('stg_mediation_dispute') }}
),

placed as (
    {{ place_by_grid('dispute', 'reported_at') }}
),

final as (
    select
        placed.feed,
        placed.case_no,
        placed.dispute_type,
        placed.risk_level,
        placed.mediator_type,
        placed.found_by,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        placed.community_code,
        placed.grid_code,
        if(area.area_code is null, 'none', 'street') as area_resolution,
        placed.reported_at,
        placed.accepted_at,
        placed.closed_at,
        coalesce(placed.outcome, 'open') as outcome,
        coalesce(placed.outcome in ('success_written', 'success_oral'), false) as is_agreed,
        -- The moment of an agreement that the outcome does not know is no agreement; int_mediation_flag shows it.
        if(is_agreed, placed.resolved_at, null) as resolved_at,
        placed.performed_at,
        placed.relapsed_at,
        coalesce(
            least(placed.accepted_at, placed.resolved_at, placed.closed_at) < placed.reported_at
            or placed.closed_at < placed.resolved_at
            or least(placed.performed_at, placed.relapsed_at) < placed.resolved_at,
            false
        ) as has_time_flaw,
        is_agreed <> (placed.resolved_at is not null)
        or (placed.closed_at is not null and placed.outcome is null) as has_outcome_flaw,
        coalesce(placed.grid_street_code <> area.area_code, false) as has_place_flaw,
        placed.updated_at
    from placed
    left join {{ ref('dim_area') }} as area on placed.area_code = area.area_code
)

select * from final
