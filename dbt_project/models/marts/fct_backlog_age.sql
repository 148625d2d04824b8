-- One row per day and city or region: how old the open and the overdue cases are, in working days since their receipt.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('date_day >= (select b.from_date from ' ~ ref('int_hotline_backlog_from') ~ ' as b)') }}"
) }}

with city as (
    select area_code
    from {{ ref('dim_area') }}
    where level = 'city'
),

-- Ages are few and cases are many: count first.
counted as (
    select
        date_day,
        region_code,
        age_workdays,
        count(*) as open_count,
        count(*) filter (where is_overdue) as overdue_count,
        count(*) filter (where is_due_next) as due_next_count
    from {{ ref('int_hotline_backlog_day') }}
    group by date_day, region_code, age_workdays
),

placed as (
    select
        counted.date_day,
        'region' as area_level,
        counted.region_code as area_code,
        counted.age_workdays,
        counted.open_count,
        counted.overdue_count,
        counted.due_next_count
    from counted
    where counted.region_code is not null
    union all
    select
        counted.date_day,
        'city' as area_level,
        city.area_code,
        counted.age_workdays,
        cast(sum(counted.open_count) as bigint) as open_count,
        cast(sum(counted.overdue_count) as bigint) as overdue_count,
        cast(sum(counted.due_next_count) as bigint) as due_next_count
    from counted
    cross join city
    group by all
),

summed as (
    select
        *,
        sum(open_count) over upward as open_up_to,
        sum(overdue_count) over upward as overdue_up_to,
        sum(open_count) over whole as open_total,
        sum(overdue_count) over whole as overdue_total
    from placed
    window
        upward as (partition by date_day, area_level, area_code order by age_workdays),
        whole as (partition by date_day, area_level, area_code)
),

final as (
    select
        date_day,
        area_level,
        area_code,
        cast(max(open_total) as bigint) as open_count,
        cast(max(overdue_total) as bigint) as overdue_count,
        cast(sum(due_next_count) as bigint) as due_next_count,
        min(age_workdays) filter (where open_up_to * 2 >= open_total) as open_p50_workdays,
        min(age_workdays) filter (where open_up_to * 10 >= open_total * 9) as open_p90_workdays,
        min(age_workdays) filter (where overdue_total > 0 and overdue_up_to * 2 >= overdue_total)
            as overdue_p50_workdays,
        min(age_workdays) filter (where overdue_total > 0 and overdue_up_to * 10 >= overdue_total * 9)
            as overdue_p90_workdays
    from summed
    group by date_day, area_level, area_code
)

select * from final
