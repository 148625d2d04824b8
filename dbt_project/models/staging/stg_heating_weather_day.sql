-- One row per weather station and day: the last revision.
with version as (
    {{ current_version('heating_weather_day', key=['weather_station_id', 'weather_date']) }}
),

final as (
    select
        weather_station_id,
        weather_date,
        mean_c,
        min_c,
        max_c
    from version
)

select * from final
