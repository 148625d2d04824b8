-- One row per hotline KPI, smallest known area, day and exclusion reason: what the cases add to each figure.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('period_date in (select t.touched_date from ' ~ ref('int_hotline_date_touched') ~ ' as t)') }}"
) }}

with dated as (
    select
        case_id,
        {{ case_dates('true') }} as case_date
    from {{ ref('fct_case') }}
),

case_row as (
    select *
    from {{ ref('fct_case') }}
    where
        case_id in (
            select dated.case_id
            from dated
            inner join {{ ref('int_hotline_date_touched') }} as touched on dated.case_date = touched.touched_date
        )
),

judged as (
    {{ judged_case('case_row') }}
),

counted as (
    {{ hotline_kpi_rows('judged') }}
),

touched_row as (
    select *
    from counted
    where period_date in (select touched.touched_date from {{ ref('int_hotline_date_touched') }} as touched)
),

by_case as (
    {{ summed_contribution('touched_row') }}
),

last_day as (
    select cast(max(as_of) as date) as date_day
    from {{ ref('int_hotline_as_of') }}
    where platform = 'city'
),

-- A stock, not a flow: a month has the backlog of its last day.
backlog as (
    select
        'hotline.overdue_backlog' as kpi_code,
        'hotline_city' as feed,
        backlog.street_code,
        backlog.district_code,
        backlog.region_code,
        backlog.date_day as period_date,
        true as in_day,
        backlog.date_day = last_day(backlog.date_day) or backlog.date_day = last_day.date_day as in_month,
        cast(null as varchar) as excluded_reason,
        backlog.open_count as received_count,
        backlog.open_count as counted_count,
        0 as excluded_count,
        0 as immature_count,
        backlog.open_count - backlog.overdue_count as open_not_due_count,
        0 as provisional_count,
        cast(backlog.overdue_count as decimal(18, 4)) as numerator,
        cast(0 as decimal(18, 4)) as denominator
    from {{ ref('fct_case_day') }} as backlog
    cross join last_day
    where backlog.date_day in (select touched.touched_date from {{ ref('int_hotline_date_touched') }} as touched)
),

call as (
    select
        'hotline.connect_rate' as kpi_code,
        'hotline_call' as feed,
        cast(null as varchar) as street_code,
        cast(null as varchar) as district_code,
        cast(null as varchar) as region_code,
        cast(hour_at as date) as period_date,
        true as in_day,
        true as in_month,
        cast(null as varchar) as excluded_reason,
        cast(sum(offered_count) as bigint) as received_count,
        cast(sum(offered_count) as bigint) as counted_count,
        0 as excluded_count,
        0 as immature_count,
        0 as open_not_due_count,
        0 as provisional_count,
        cast(sum(answered_15s_count) as decimal(18, 4)) as numerator,
        cast(sum(offered_count) as decimal(18, 4)) as denominator
    from {{ ref('stg_hotline_call') }}
    where cast(hour_at as date) in (select touched.touched_date from {{ ref('int_hotline_date_touched') }} as touched)
    group by cast(hour_at as date)
),

final as (
    select * from by_case
    union all by name
    select * from backlog
    union all by name
    select * from call
)

select * from final
