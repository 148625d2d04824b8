-- One row per day whose hotline figures are counted anew: days on which a changed case counts or counted, days that the
-- passing of time has ripened since the last build, days of the backlog, days of new call statistics, days asked for.
{%- set taken = left_by_last_build('intermediate', 'int_hotline_batch_taken') %}

with seen as (
    {%- if taken %}
    select
        platform,
        max(as_of) as seen_until
    from {{ taken }}
    where platform is not null
    group by platform
    {%- else %}
    select
        platform,
        cast(null as timestamp) as seen_until
    from {{ ref('int_hotline_as_of') }}
    {%- endif %}
),

span as (
    select
        as_of.platform,
        as_of.as_of,
        coalesce(seen.seen_until, as_of.first_at) as seen_until
    from {{ ref('int_hotline_as_of') }} as as_of
    left join seen on as_of.platform = seen.platform
),

-- A deadline, the wait for a callback or for a reopening that ran out in the meantime.
ripened as (
    select
        unnest(generate_series(
            date_trunc('day', span.seen_until) - to_days(wait.days), span.as_of - to_days(wait.days), interval 1 day
        )) as moment
    from span
    cross join (
        select 0 as days
        union all
        select cast(value as int) as days
        from {{ ref('hotline_policy') }}
        where policy in ('callback_within_days', 'reopen_within_days')
    ) as wait
),

touched as (
    select touched_date
    from {{ ref('int_hotline_date_before') }}
    union
    select {{ case_dates('changed.has_news') }} as touched_date
    from {{ ref('fct_case') }} as folded
    inner join {{ ref('int_hotline_case_changed') }} as changed on folded.case_id = changed.case_id
    union
    select cast(moment as date) as touched_date
    from ripened
    union
    -- Open and not yet due stands beside the closure rate of the day of receipt.
    select cast(overdue.received_at as date) as touched_date
    from {{ ref('fct_case') }} as overdue
    inner join span on overdue.platform = span.platform
    where not overdue.is_finished and overdue.last_due_at > span.seen_until and overdue.last_due_at <= span.as_of
    union
    -- A case nobody called stands with its last finish too; the wait runs from its first.
    select cast(uncalled.last_finished_at as date) as touched_date
    from {{ ref('fct_case') }} as uncalled
    inner join span on uncalled.platform = span.platform
    inner join {{ ref('hotline_policy') }} as wait on wait.policy = 'callback_within_days'
    where
        uncalled.callback_count = 0
        and uncalled.last_finished_at > uncalled.finished_at
        and uncalled.finished_at + to_days(cast(wait.value as int)) > span.seen_until
        and uncalled.finished_at + to_days(cast(wait.value as int)) <= span.as_of
    union
    select touched_date
    from {{ ref('int_hotline_matter_different') }}
    union
    select cast(unnest(generate_series(backlog.from_date, span.as_of, interval 1 day)) as date) as touched_date
    from {{ ref('int_hotline_backlog_from') }} as backlog
    cross join span
    where span.platform = 'city'
    union
    select cast(hour_at as date) as touched_date
    from {{ ref('stg_hotline_call') }}
    where batch_id in (select batch.batch_id from {{ ref('int_hotline_batch_new') }} as batch)
    union
    select business_date as touched_date
    from {{ ref('stg_recompute_day') }}
    where feed like 'hotline%'
),

final as (
    select touched_date
    from touched
    where touched_date is not null
)

select * from final
