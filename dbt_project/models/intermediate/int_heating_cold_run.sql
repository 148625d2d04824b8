-- One row per room point and unbroken run of valid readings below the standard within a day: a part of an episode.
-- A run ends where a valid reading is not below, or after a silence longer than the policy's gap.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_near_room') }}

with cold_day as (
    select
        point_id,
        measured_date
    from {{ ref('int_heating_point_day') }}
    where {{ days_at_work('measured_date') }} and compliant_reading_count < counted_reading_count
),

{{ heating_reading(only='cold_day') }},

{{ heating_judged('reading') }},

valid_reading as (
    select
        *,
        temperature_c < threshold_c as is_cold
    from judged
    where excluded_reason is null and threshold_c is not null
),

stepped as (
    select
        reading.*,
        not coalesce(
            lag(reading.is_cold) over point
            and reading.measured_at - lag(reading.measured_at) over point
            <= to_minutes(cast(day.episode_gap_minutes as int)),
            false
        ) as begins,
        lag(reading.measured_at) over point is null as is_first,
        lead(reading.measured_at) over point is null as is_last,
        day.episode_hours
    from valid_reading as reading
    inner join {{ ref('int_heating_day') }} as day on reading.measured_date = day.date_day
    window point as (partition by reading.measured_date, reading.point_id order by reading.measured_at)
),

numbered as (
    select
        *,
        count(*) filter (where begins) over (partition by measured_date, point_id order by measured_at) as run_no
    from stepped
    where is_cold
),

final as (
    select
        point_id,
        measured_date,
        min(measured_at) as since_at,
        max(measured_at) as until_at,
        bool_or(is_first) as is_first_of_day,
        bool_or(is_last) as is_last_of_day,
        count(*) as reading_count,
        min(temperature_c) as min_c,
        max(street_code) as street_code,
        max(enterprise_name) as enterprise_name
    from numbered
    group by point_id, measured_date, run_no
    -- Shorter ones count only where they can go on across midnight.
    having
        is_first_of_day or is_last_of_day
        or until_at - since_at >= to_hours(cast(any_value(episode_hours) as int))
)

select * from final
