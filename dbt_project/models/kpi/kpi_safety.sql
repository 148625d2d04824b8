-- One row per safety KPI, smallest known area, day and exclusion reason: what hazards and counts add to each figure.
with fact as (
    select
        hazard.*,
        dim_feed.feed,
        dim_feed.as_of,
        if(hazard.has_time_flaw, 'X10', null) as flawed,
        hazard.verified_at is null and coalesce(hazard.due_at > dim_feed.as_of, false) as is_not_due
    from {{ ref('fct_hazard') }} as hazard
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'safety_hazard'
),

major as (
    select * from fact
    where level = 'major'
),

-- Hazards that stood open at some time of a month, as they stood at its end (of the last month: at the as-of).
month_end as (
    select
        fact.*,
        month.month_start,
        least(cast(month.day_date + 1 as timestamp), fact.as_of) as end_at
    from fact
    inner join {{ ref('int_month_end') }} as month
        on
            fact.found_at < cast(month.day_date + 1 as timestamp)
            and coalesce(fact.verified_at, timestamp '9999-12-31') >= month.month_start
    where month.month_start <= fact.as_of
),

final as (
    {{ contribution(
        'fact', "'safety.hazard_rectification_rate'", day='found_at', reason='flawed',
        hit='cast(verified_at is not null as int)', open_not_due='is_not_due'
    ) }}
    union all by name
    {{ contribution(
        'major', "'safety.major_hazard_rectification_rate'", day='found_at', reason='flawed',
        hit='cast(verified_at is not null as int)', open_not_due='is_not_due'
    ) }}
    union all by name
    -- 动态清零 means none overdue, not none open; a deadline at 24:00 of the last day has not passed yet.
    {{ contribution(
        'month_end', "'safety.overdue_hazard_count'", day='month_start', base='0', in_day='false',
        reason="coalesce(flawed, if(due_at is null, 'X06', null))",
        hit="cast(due_at < end_at and coalesce(remedied_at, timestamp '9999-12-31') > end_at as int)"
    ) }}
    union all by name
    select * from {{ ref('kpi_safety_incident') }}
)

select * from final
