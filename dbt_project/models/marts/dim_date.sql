-- One row per day, from the first official calendar to the end of the last known heating season's year.

with span as (
    select
        (select min(date) from {{ ref('calendar') }}) as first_date,
        (select max(date) from {{ ref('calendar') }}) as last_official_date,
        (select max(season_end) from {{ ref('season_calendar') }}) as last_season_end
),

day as (
    select
        cast(series.moment as date) as date_day,
        year(series.moment) <= year(span.last_official_date) as is_official
    from span
    cross join
        generate_series(
            date_trunc('year', span.first_date),
            date_trunc('year', span.last_season_end) + interval 1 year - interval 1 day,
            interval 1 day
        ) as series (moment)
),

final as (
    select
        day.date_day,
        year(day.date_day) as year_number,
        month(day.date_day) as month_number,
        cast(date_trunc('month', day.date_day) as date) as month_start,
        isodow(day.date_day) as iso_weekday,
        coalesce(exception.is_workday, isodow(day.date_day) <= 5) as is_workday,
        -- How many working days have begun: the ruler of every clock that counts them.
        cast(
            count(*) filter (where coalesce(exception.is_workday, isodow(day.date_day) <= 5))
                over (order by day.date_day)
            as bigint
        ) as workday_count,
        exception.name_zh as holiday_name_zh,
        exception.notice_no,
        -- Past the last published year a working day is a guess.
        if(day.is_official, 'published', 'provisional') as calendar_status,
        season.season as heating_season,
        day.date_day - season.season_start + 1 as season_day_count
    from day
    left join {{ ref('calendar') }} as exception on day.date_day = exception.date
    left join {{ ref('season_calendar') }} as season on day.date_day between season.season_start and season.season_end
)

select * from final
