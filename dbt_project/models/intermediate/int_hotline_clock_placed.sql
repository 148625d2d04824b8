-- One row per clock of a changed case, placed on the line it runs on: where it starts and, undisturbed, falls due.
with placed as (
    select
        clock.*,
        start_day.date_day as start_date,
        -- Under next_day_0000 nothing runs before 00:00 of the next (working) day.
        case
            when clock.start_rule = 'immediate' or clock.start_rule is null then clock.started_at
            when clock.rule_unit = 'working_day' then cast(first_day.date_day as timestamp)
            else cast(start_day.date_day + 1 as timestamp)
        end as run_at,
        case clock.rule_unit
            when 'working_day' then (start_day.workday_count + clock.rule_value) * 86400000000
            when 'natural_day' then epoch_us(cast(start_day.date_day + 1 + clock.rule_value as timestamp))
            when 'natural_hour' then epoch_us(clock.started_at) + clock.rule_value * 3600000000
        end as base_position
    from {{ ref('int_hotline_clock_started') }} as clock
    left join {{ ref('dim_date') }} as start_day on cast(clock.started_at as date) = start_day.date_day
    left join {{ ref('dim_date') }} as first_day
        on start_day.workday_count + 1 = first_day.workday_count and first_day.is_workday
),

final as (
    select
        placed.*,
        coalesce(placed.ended_at, as_of.as_of) as last_at
    from placed
    left join {{ ref('int_hotline_as_of') }} as as_of on placed.platform = as_of.platform
)

select * from final
