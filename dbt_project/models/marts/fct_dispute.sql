-- One row per mediation case and dispute found by screening: closed, agreed, performed, relapsed are four things.
with dispute as (
    select
        'mediation_case' as feed,
        case_no,
        dispute_type,
        risk_level,
        mediator_type,
        cast(null as varchar) as found_by,
        grid_code,
        reported_at,
        accepted_at,
        outcome,
        resolved_at,
        performed_at,
        closed_at,
        relapsed_at,
        updated_at,
        community_code,
        area_code,
        area_resolution
    from {{ ref('stg_mediation_case') }}
    union all by name
    -- What screening finds is reported the moment it is found.
    select
        'mediation_dispute' as feed,
        case_no,
        dispute_type,
        risk_level,
        cast(null as varchar) as mediator_type,
        found_by,
        grid_code,
        found_at as reported_at,
        accepted_at,
        outcome,
        resolved_at,
        performed_at,
        closed_at,
        relapsed_at,
        updated_at,
        community_code,
        area_code,
        area_resolution
    from {{ ref('stg_mediation_dispute') }}
),

final as (
    select
        dispute.feed,
        dispute.case_no,
        dispute.dispute_type,
        dispute.risk_level,
        dispute.mediator_type,
        dispute.found_by,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        dispute.community_code,
        dispute.grid_code,
        dispute.area_resolution,
        dispute.reported_at,
        dispute.accepted_at,
        dispute.closed_at,
        coalesce(dispute.outcome, 'open') as outcome,
        coalesce(dispute.outcome in ('success_written', 'success_oral'), false) as is_agreed,
        -- The moment of an agreement that the outcome does not know is no agreement; int_mediation_flag shows it.
        if(is_agreed, dispute.resolved_at, null) as resolved_at,
        dispute.performed_at,
        dispute.relapsed_at,
        coalesce(
            least(dispute.accepted_at, dispute.resolved_at, dispute.closed_at) < dispute.reported_at
            or dispute.closed_at < dispute.resolved_at
            or least(dispute.performed_at, dispute.relapsed_at) < dispute.resolved_at,
            false
        ) as has_time_flaw,
        is_agreed <> (dispute.resolved_at is not null)
        or (dispute.closed_at is not null and dispute.outcome is null) as has_outcome_flaw,
        dispute.updated_at
    from dispute
    left join {{ ref('dim_area') }} as area on dispute.area_code = area.area_code
)

select * from final
