-- One row per clock: of a case in a cycle, of its first contact, of each unit it was given to; the deadline by rule.
{{ config(
    meta={'rows_by': 'started_at'},
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}"
) }}

with shifted as (
    select
        case_id,
        cycle_no,
        scope,
        clock_no,
        sum(shift_us) filter (where is_effective) as shift_us,
        sum(shift_us) filter (where is_effective_unextended) as pause_us,
        count(*) filter (where is_effective and kind = 'extension') as extension_count
    from {{ ref('int_hotline_clock_shift') }}
    group by all
),

workday as (
    select
        date_day,
        workday_count,
        calendar_status
    from {{ ref('dim_date') }}
    where is_workday
),

due as (
    select
        clock.*,
        cast(clock.base_position + coalesce(shifted.shift_us, 0) as bigint) as due_position,
        cast(clock.base_position + coalesce(shifted.pause_us, 0) as bigint) as unextended_position,
        if(clock.rule_unit = 'working_day', {{ workday_of('due_position') }}, null) as due_workday,
        if(clock.rule_unit = 'working_day', {{ workday_of('unextended_position') }}, null) as unextended_workday,
        coalesce(shifted.extension_count, 0) as extension_count
    from {{ ref('int_hotline_clock_placed') }} as clock
    left join shifted
        on
            clock.case_id = shifted.case_id
            and clock.cycle_no = shifted.cycle_no
            and clock.scope = shifted.scope
            and clock.clock_no = shifted.clock_no
),

final as (
    select
        due.case_id,
        due.platform,
        due.cycle_no,
        due.scope,
        due.clock_no,
        due.unit_code,
        due.unit_level,
        due.sla_rule_id,
        due.rule_unit,
        due.started_at,
        due.run_at,
        due.ended_at,
        due.ended_by,
        case
            when due.sla_rule_id is null then due.stated_due_at
            else {{ clock_moment('due.due_position', 'due_day', 'due.rule_unit') }}
        end as due_at,
        case
            when due.sla_rule_id is null then due.stated_due_at
            else {{ clock_moment('due.unextended_position', 'unextended_day', 'due.rule_unit') }}
        end as unextended_due_at,
        due.stated_due_at,
        due.extension_count,
        -- Past the last official calendar a working day is a guess.
        coalesce(due_day.calendar_status = 'provisional', false) as is_provisional
    from due
    left join workday as due_day on due.due_workday = due_day.workday_count
    left join workday as unextended_day on due.unextended_workday = unextended_day.workday_count
)

select * from final
