-- One row per rule and record of mediation or safety that contradicts itself, its neighbours or the code lists.
with dispute as (
    select
        unnest([
            if(has_time_flaw, 'dispute_times_contradict', null),
            if(has_outcome_flaw, 'dispute_outcome_contradicts', null),
            if(has_place_flaw, 'dispute_street_contradicts_grid', null),
            if(area_resolution = 'none', 'dispute_in_unknown_street', null)
        ]) as rule_code,
        feed,
        case_no as subject_code,
        grid_code as related_code,
        cast(reported_at as date) as flagged_date,
        street_code,
        district_code,
        region_code
    from {{ ref('fct_dispute') }}
),

hazard as (
    select
        unnest([
            if(hazard.has_time_flaw, 'hazard_times_contradict', null),
            if(hazard.due_at is null, 'hazard_without_deadline', null),
            -- Rectified on paper: nobody came to see it.
            if(hazard.rectified_at + to_days(cast(policy.value as int)) < feed.as_of, 'hazard_not_verified', null),
            if(hazard.has_place_flaw, 'hazard_street_contradicts_grid', null),
            if(hazard.area_resolution = 'none', 'hazard_in_unknown_street', null)
        ]) as rule_code,
        feed.feed,
        hazard.hazard_no as subject_code,
        hazard.grid_code as related_code,
        cast(hazard.found_at as date) as flagged_date,
        hazard.street_code,
        hazard.district_code,
        hazard.region_code
    from {{ ref('fct_hazard') }} as hazard
    inner join {{ ref('dim_feed') }} as feed on feed.feed = 'safety_hazard'
    left join {{ ref('mediation_policy') }} as policy
        on
            policy.policy = 'verify_days'
            and hazard.verified_at is null
            and hazard.rectified_at >= policy.valid_from
            and cast(hazard.rectified_at as date) <= coalesce(policy.valid_to, date '9999-12-31')
),

incident as (
    select
        *,
        max(month) over () as last_month,
        lead(month) over (partition by stated_street_code, incident_class order by month) as next_month,
        max(incident_count) filter (where incident_class = 'criminal') over same_month as criminal_count
    from {{ ref('int_safety_street_month') }}
    window same_month as (partition by stated_street_code, month)
),

-- A street that reported before and is silent now: its silence is no fall.
incident_flag as (
    select
        'incident_month_missing' as rule_code,
        incident.* replace (cast(month + interval 1 month as date) as month)
    from incident
    where month < last_month and month + interval 1 month <> coalesce(next_month, date '9999-12-01')
    union all
    select
        'homicides_exceed_criminal_cases' as rule_code,
        incident.*
    from incident
    where incident_class = 'homicide' and incident_count > criminal_count
    union all
    select
        'incident_in_unknown_street' as rule_code,
        incident.*
    from incident
    where area_resolution = 'none'
),

final as (
    select * from dispute
    where rule_code is not null
    union all
    select * from hazard
    where rule_code is not null
    union all
    select
        rule_code,
        'safety_public_security_month' as feed,
        stated_street_code || '/' || strftime(month, '%Y-%m') as subject_code,
        incident_class as related_code,
        month as flagged_date,
        street_code,
        district_code,
        region_code
    from incident_flag
)

select * from final
