-- One row per mediation KPI, smallest known area, day and exclusion reason: what disputes add to each figure.
-- Closed, agreed and lasting are three questions with three bases: docs/mediation-method.md.
with fact as (
    select
        dispute.*,
        dim_feed.as_of,
        dispute.resolved_at + to_days(cast(policy.value as int)) as relapse_until,
        if(dispute.has_time_flaw, 'X10', null) as flawed
    from {{ ref('fct_dispute') }} as dispute
    inner join {{ ref('dim_feed') }} as dim_feed on dispute.feed = dim_feed.feed
    left join {{ ref('mediation_policy') }} as policy
        on
            policy.policy = 'relapse_days'
            and dispute.resolved_at >= policy.valid_from
            and cast(dispute.resolved_at as date) <= coalesce(policy.valid_to, date '9999-12-31')
),

found as (
    select * from fact
    where feed = 'mediation_dispute'
),

mediated as (
    select * from fact
    where feed = 'mediation_case'
),

closed as (
    select * from mediated
    where closed_at is not null
),

agreed as (
    select * from mediated
    where is_agreed
),

final as (
    {{ contribution(
        'found', "'mediation.dispute_resolution_rate'", day='reported_at', reason='flawed',
        hit='cast(is_agreed as int)'
    ) }}
    union all by name
    {{ contribution(
        'mediated', "'mediation.closure_rate'", day='reported_at', reason='flawed',
        hit='cast(closed_at is not null as int)'
    ) }}
    union all by name
    -- A court or the parties took these out of the mediators' hands: neither their success nor their failure.
    {{ contribution(
        'closed', "'mediation.success_rate'", day='if(has_time_flaw, reported_at, closed_at)',
        reason="coalesce(flawed, case outcome when 'transferred' then 'X02' when 'withdrawn' then 'X27'"
        ~ " when 'open' then 'X17' end)",
        hit='cast(is_agreed as int)'
    ) }}
    union all by name
    -- Even one that broke out again waits for the end of its 90 days: else the young months show relapses only.
    {{ contribution(
        'agreed', "'mediation.relapse_rate'", day='if(has_time_flaw, reported_at, coalesce(resolved_at, reported_at))',
        reason="coalesce(flawed, if(resolved_at is null, 'X17', null))", immature='relapse_until > as_of',
        hit='cast(coalesce(relapsed_at <= relapse_until, false) as int)'
    ) }}
)

select * from final
