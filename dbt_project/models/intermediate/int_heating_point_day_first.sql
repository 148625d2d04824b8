-- One row per room point and day, before anything is known of sensors that stand still: that takes the days around.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_room') }}

with stepped as (
    select
        *,
        lag(temperature_c) over point as before_c,
        lag(measured_at) over point as before_at
    from {{ ref('int_heating_reading') }}
    where {{ days_at_work('measured_date') }}
    window point as (partition by measured_date, point_id order by measured_at)
),

{{ heating_point_day('stepped') }},

final as (
    select * from point_day
)

select * from final
