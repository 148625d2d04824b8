-- One row per day of the backlog that is counted anew and case open at its end (on the last day: at the as-of).
with day as (
    select
        date_day,
        workday_count,
        least(cast(date_day + 1 as timestamp), as_of.as_of) as end_at,
        date_day = cast(as_of.as_of as date) as is_last
    from {{ ref('dim_date') }}
    cross join {{ ref('int_hotline_as_of') }} as as_of
    cross join {{ ref('int_hotline_backlog_from') }} as backlog
    where
        as_of.platform = 'city'
        and date_day >= backlog.from_date
        and date_day <= cast(as_of.as_of as date)
),

open_cycle as (
    select
        cycle.case_id,
        cycle.opened_at,
        least(cycle.finished_at, case_row.taken_out_at) as left_at,
        clock.due_at,
        case_row.received_at,
        if(case_row.is_confidential, null, case_row.street_code) as street_code,
        case_row.district_code,
        case_row.region_code
    from {{ ref('int_hotline_cycle') }} as cycle
    inner join {{ ref('fct_case') }} as case_row on cycle.case_id = case_row.case_id
    left join {{ ref('fct_sla_clock') }} as clock
        on cycle.case_id = clock.case_id and cycle.cycle_no = clock.cycle_no and clock.scope = 'case'
    where
        cycle.platform = 'city'
        -- What ended before needs no look at its case or its clock.
        and coalesce(cycle.finished_at, timestamp '9999-12-31')
        >= (select cast(backlog.from_date as timestamp) from {{ ref('int_hotline_backlog_from') }} as backlog)
),

final as (
    select
        day.date_day,
        open_cycle.case_id,
        open_cycle.street_code,
        open_cycle.district_code,
        open_cycle.region_code,
        coalesce(open_cycle.due_at < day.end_at, false) as is_overdue,
        -- Today's work of whoever reads this in the morning: 24:00 of the next day still belongs to it.
        coalesce(
            open_cycle.due_at >= day.end_at and open_cycle.due_at <= cast(day.date_day + 2 as timestamp), false
        ) as is_due_next,
        day.workday_count - received_day.workday_count as age_workdays
    from open_cycle
    inner join day
        on
            -- Midnight sharp opens the next day; what happens at the as-of itself has happened.
            (open_cycle.opened_at < day.end_at or (day.is_last and open_cycle.opened_at = day.end_at))
            and coalesce(open_cycle.left_at, timestamp '9999-12-31') > day.end_at
    inner join {{ ref('dim_date') }} as received_day on cast(open_cycle.received_at as date) = received_day.date_day
)

select * from final
