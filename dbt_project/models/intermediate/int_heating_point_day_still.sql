-- One row per room point and day on which its sensor stood still for longer than the policy allows, and in which part
-- of the day: up to `still_until`, from `still_since` on. A run of equal values is followed across midnight; a silence
-- of more than a day ends it, for two equal readings with nothing between prove nothing.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_near_room', at_once=30) }}

with edge as (
    select *
    from {{ ref('int_heating_point_day_first') }}
    where {{ days_at_work('measured_date', before=2, after=2) }}
),

-- A day gives its first run and its last one; where they are one, only the first.
run as (
    select
        point_id,
        measured_date,
        true as is_first,
        first_c as value_c,
        first_at as since_at,
        first_run_until as until_at
    from edge
    union all
    select
        point_id,
        measured_date,
        false as is_first,
        last_c as value_c,
        last_run_since as since_at,
        last_at as until_at
    from edge
    where last_run_since > first_at
),

stepped as (
    select
        run.*,
        not coalesce(
            run.is_first
            and run.value_c = lag(run.value_c) over point
            and run.since_at - lag(run.until_at) over point <= interval 24 hour,
            false
        ) as begins
    from run
    window point as (partition by run.point_id order by run.since_at)
),

chained as (
    select
        *,
        count(*) filter (where begins) over (partition by point_id order by since_at) as chain_no
    from stepped
),

measured as (
    select
        *,
        max(until_at) over chain - min(since_at) over chain as chain_length
    from chained
    window chain as (partition by point_id, chain_no)
),

final as (
    select
        measured.point_id,
        measured.measured_date,
        max(measured.until_at) filter (where measured.is_first) as still_until,
        min(measured.since_at) filter (where not measured.is_first) as still_since
    from measured
    inner join {{ ref('int_heating_day') }} as day on measured.measured_date = day.date_day
    where
        {{ days_at_work('measured.measured_date') }}
        and measured.chain_length > to_hours(cast(day.flat_line_hours as int))
    group by measured.point_id, measured.measured_date
)

select * from final
