-- One row per room point and day on which its sensor stood still: counted again without those readings.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_near_room') }}

with still_day as (
    select
        point_id,
        measured_date
    from {{ ref('int_heating_point_day_still') }}
    where {{ days_at_work('measured_date') }}
),

{{ heating_reading(only='still_day') }},

{{ heating_judged('reading') }},

counted as (
    select
        *,
        cast(null as decimal(6, 2)) as before_c,
        cast(null as timestamp) as before_at
    from judged
),

{{ heating_point_day('counted') }},

final as (
    select * from point_day
)

select * from final
