-- One row per interval of a clock: running, paused or nonworking. The intervals tile the clock's life from its start to
-- its end or the as-of. A view: intervals of open clocks grow with every hour of data, and few are ever looked at.
{{ config(materialized='view') }}

with clock as (
    select
        clock.*,
        coalesce(clock.ended_at, as_of.as_of) as last_at
    from {{ ref('fct_sla_clock') }} as clock
    inner join {{ ref('int_hotline_as_of') }} as as_of on clock.platform = as_of.platform
    where clock.rule_unit is not null and clock.started_at < coalesce(clock.ended_at, as_of.as_of)
),

pause as (
    select
        clock.case_id,
        clock.cycle_no,
        clock.scope,
        clock.clock_no,
        greatest(pause.paused_at, clock.run_at) as from_at,
        least(coalesce(pause.resumed_at, clock.last_at), clock.last_at) as to_at
    from clock
    inner join {{ ref('int_hotline_pause') }} as pause
        on clock.case_id = pause.case_id and clock.cycle_no = pause.cycle_no
    where
        clock.scope <> 'contact'
        and greatest(pause.paused_at, clock.run_at) < least(coalesce(pause.resumed_at, clock.last_at), clock.last_at)
),

cut as (
    select
        case_id,
        cycle_no,
        scope,
        clock_no,
        unnest([started_at, least(run_at, last_at), last_at]) as moment
    from clock
    union
    select
        case_id,
        cycle_no,
        scope,
        clock_no,
        unnest([from_at, to_at]) as moment
    from pause
    union
    select
        clock.case_id,
        clock.cycle_no,
        clock.scope,
        clock.clock_no,
        run.from_at as moment
    from clock
    inner join {{ ref('int_working_run') }} as run on clock.run_at < run.from_at and clock.last_at > run.from_at
    where clock.rule_unit = 'working_day'
),

piece as (
    select
        *,
        lead(moment) over (partition by case_id, cycle_no, scope, clock_no order by moment) as next_moment
    from cut
),

stated as (
    select
        piece.case_id,
        piece.cycle_no,
        piece.scope,
        piece.clock_no,
        clock.unit_code,
        piece.moment as from_at,
        piece.next_moment as to_at,
        case
            when piece.moment < clock.run_at then 'nonworking'
            when clock.rule_unit = 'working_day' and not day.is_workday then 'nonworking'
            when pause.from_at is not null then 'paused'
            else 'running'
        end as state
    from piece
    inner join clock
        on
            piece.case_id = clock.case_id
            and piece.cycle_no = clock.cycle_no
            and piece.scope = clock.scope
            and piece.clock_no = clock.clock_no
    inner join {{ ref('dim_date') }} as day on cast(piece.moment as date) = day.date_day
    left join pause
        on
            piece.case_id = pause.case_id
            and piece.cycle_no = pause.cycle_no
            and piece.scope = pause.scope
            and piece.clock_no = pause.clock_no
            and piece.moment >= pause.from_at
            and piece.moment < pause.to_at
    where piece.next_moment is not null
),

grouped as (
    select
        *,
        row_number() over (partition by case_id, cycle_no, scope, clock_no order by from_at)
        - row_number() over (partition by case_id, cycle_no, scope, clock_no, state order by from_at) as state_run
    from stated
),

final as (
    select
        case_id,
        cycle_no,
        scope,
        clock_no,
        unit_code,
        state,
        min(from_at) as from_at,
        max(to_at) as to_at
    from grouped
    group by case_id, cycle_no, scope, clock_no, unit_code, state, state_run
)

select * from final
