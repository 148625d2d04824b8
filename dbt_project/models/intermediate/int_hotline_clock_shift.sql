-- One row per pause or extension on a clock of a changed case: whether it came in time, and by how much it moves the
-- deadline.
with extension as (
    select
        case_id,
        cycle_no,
        event_seq,
        event_type,
        occurred_at as approved_at,
        extension_days,
        coalesce(
            max(occurred_at) filter (where event_type = 'extension_requested') over (
                partition by case_id, cycle_no order by event_seq rows between unbounded preceding and 1 preceding
            ),
            occurred_at
        ) as moment
    from {{ ref('int_hotline_event_changed') }}
    where event_type in ('extension_requested', 'extension_approved')
),

shift as (
    select
        clock.case_id,
        clock.cycle_no,
        clock.scope,
        clock.clock_no,
        clock.rule_unit,
        clock.base_position,
        pause.event_seq,
        'pause' as kind,
        greatest(pause.paused_at, clock.run_at) as moment,
        least(coalesce(pause.resumed_at, clock.last_at), clock.last_at) as until_at,
        cast(null as bigint) as extension_days
    from {{ ref('int_hotline_clock_placed') }} as clock
    inner join {{ ref('int_hotline_pause_changed') }} as pause
        on clock.case_id = pause.case_id and clock.cycle_no = pause.cycle_no
    where
        clock.scope <> 'contact'
        and clock.rule_unit is not null
        and greatest(pause.paused_at, clock.run_at) < least(coalesce(pause.resumed_at, clock.last_at), clock.last_at)
    union all by name
    select
        clock.case_id,
        clock.cycle_no,
        clock.scope,
        clock.clock_no,
        clock.rule_unit,
        clock.base_position,
        extension.event_seq,
        'extension' as kind,
        extension.moment,
        extension.moment as until_at,
        extension.extension_days
    from {{ ref('int_hotline_clock_placed') }} as clock
    inner join extension on clock.case_id = extension.case_id and clock.cycle_no = extension.cycle_no
    where
        extension.event_type = 'extension_approved'
        and extension.extension_days is not null
        and clock.scope <> 'contact'
        and clock.rule_unit is not null
        -- A unit has nothing of what was granted before its time.
        and (clock.scope = 'case' or extension.approved_at >= clock.started_at)
),

measured as (
    select
        shift.* exclude (until_at),
        {{ clock_position('shift.moment', 'from_day', 'shift.rule_unit') }} as position,
        case
            when shift.kind = 'extension' then shift.extension_days * 86400000000
            else
                {{ clock_position('shift.until_at', 'until_day', 'shift.rule_unit') }}
                - {{ clock_position('shift.moment', 'from_day', 'shift.rule_unit') }}
        end as shift_us
    from shift
    inner join {{ ref('dim_date') }} as from_day on cast(shift.moment as date) = from_day.date_day
    inner join {{ ref('dim_date') }} as until_day on cast(shift.until_at as date) = until_day.date_day
),

workday as (
    select
        date_day,
        workday_count
    from {{ ref('dim_date') }}
    where is_workday
),

-- The deadline as it stands when the shift comes, with everything before it; and with the pauses before it alone.
stood as (
    select
        *,
        base_position + cast(coalesce(sum(shift_us) over before, 0) as bigint) as due_before,
        base_position + cast(coalesce(sum(shift_us) filter (where kind = 'pause') over before, 0) as bigint)
            as paused_due_before
    from measured
    window
        before as (
            partition by case_id, cycle_no, scope, clock_no order by moment asc, kind desc, event_seq asc
            rows between unbounded preceding and 1 preceding
        )
),

judged as (
    select
        stood.*,
        case
            when stood.kind = 'pause' then stood.position < stood.due_before
            else stood.moment <= {{ clock_moment('stood.due_before', 'due_day', 'stood.rule_unit') }}
        end as is_in_time,
        stood.kind = 'pause' and stood.position < stood.paused_due_before as is_in_time_unextended
    from stood
    left join workday as due_day
        on if(stood.rule_unit = 'working_day', {{ workday_of('stood.due_before') }}, null) = due_day.workday_count
),

final as (
    select
        case_id,
        cycle_no,
        scope,
        clock_no,
        event_seq,
        kind,
        moment,
        cast(shift_us as bigint) as shift_us,
        -- The first that comes too late ends the row: the deadline does not move any more.
        coalesce(bool_and(is_in_time) over (
            partition by case_id, cycle_no, scope, clock_no order by moment asc, kind desc, event_seq asc
        ), false) as is_effective,
        kind = 'pause' and coalesce(bool_and(is_in_time_unextended) filter (where kind = 'pause') over (
            partition by case_id, cycle_no, scope, clock_no order by moment asc, kind desc, event_seq asc
        ), false) as is_effective_unextended
    from judged
)

select * from final
