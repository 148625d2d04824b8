-- One row per reading: why it may not be used, NULL when it is valid. A view, because readings are many.
{{ config(materialized='view') }}

with stepped as (
    select
        *,
        -- A silence of more than a day ends a run: two equal readings with nothing between prove no frozen sensor.
        coalesce(
            temperature_c <> lag(temperature_c) over point
            or measured_at > lag(measured_at) over point + interval 24 hour,
            true
        ) as is_first_of_run,
        coalesce(
            temperature_c <> lead(temperature_c) over point
            or lead(measured_at) over point > measured_at + interval 24 hour,
            true
        ) as is_last_of_run
    from {{ ref('stg_heating_room_temperature') }}
    window point as (partition by point_id order by measured_at)
),

timed as (
    select
        *,
        min(measured_at) filter (where is_last_of_run) over (
            partition by point_id order by measured_at rows between current row and unbounded following
        ) - max(measured_at) filter (where is_first_of_run) over (
            partition by point_id order by measured_at rows between unbounded preceding and current row
        ) as run_length
    from stepped
),

final as (
    select
        timed.point_id,
        timed.measured_at,
        timed.temperature_c,
        timed.room_type,
        timed.customer_status,
        timed.enterprise_name,
        timed.area_code,
        timed.area_resolution,
        case
            when season.season is null then 'X15'
            when timed.customer_status <> 'on' then 'X06'
            when timed.temperature_c not between -10 and 45 then 'X13'
            when timed.run_length > interval 24 hour then 'X14'
        end as excluded_reason
    from timed
    left join {{ ref('season_calendar') }} as season
        on cast(timed.measured_at as date) between season.season_start and season.season_end
)

select * from final
