-- Each row is a day of the last month whose overdue cases are not as many among the stuck cases as in the backlog.
{{ config(name='fct_case_stuck__holds_every_overdue_case_of_the_backlog') }}

with backlog as (
    select
        date_day,
        overdue_count
    from {{ ref('fct_backlog_age') }}
    where area_level = 'city'
    qualify date_day > max(date_day) over () - 30 and date_day < max(date_day) over ()
),

listed as (
    select
        backlog.date_day,
        any_value(backlog.overdue_count) as overdue_count,
        count(stuck.received_date) as listed_count
    from backlog
    left join {{ ref('fct_case_stuck') }} as stuck
        on
            backlog.date_day >= stuck.overdue_from
            and backlog.date_day >= stuck.opened_date
            and backlog.date_day < coalesce(stuck.left_date, date '9999-12-31')
    group by backlog.date_day
)

select *
from listed
where overdue_count <> listed_count
