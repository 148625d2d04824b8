-- One row per day: the mean temperature over the weather stations, and the degree-days it asks of the heating.

with averaged as (
    select
        weather_date,
        cast(avg(mean_c) as decimal(6, 2)) as mean_c,
        cast(min(min_c) as decimal(5, 2)) as min_c,
        cast(max(max_c) as decimal(5, 2)) as max_c
    from {{ ref('stg_heating_weather_day') }}
    group by weather_date
),

final as (
    select
        averaged.weather_date,
        averaged.mean_c,
        averaged.min_c,
        averaged.max_c,
        -- Of heating days alone: a cold day in May asks nothing of a boiler that is off.
        if(
            day.heating_season is null,
            0,
            greatest(0, cast(day.degree_day_base_c as decimal(6, 2)) - averaged.mean_c)
        ) as degree_days
    from averaged
    inner join {{ ref('int_heating_day') }} as day on averaged.weather_date = day.date_day
)

select * from final
