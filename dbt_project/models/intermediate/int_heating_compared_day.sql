-- One row per series, season or calendar year, and pair of days that its change sets against each other.
-- Seasons are matched by day of the season, years by date; the longer of two loses its end, a running one its future.
with series as (
    select
        series,
        first_date,
        cast(as_of as date) as last_date,
        if(series = 'city_property', 'year', 'season') as span_kind
    from {{ ref('int_hotline_series') }}
    where series in ('city_heating', 'city_property', 'province_heating', 'union_heating')
),

season as (
    select
        season,
        season_start,
        season_end,
        lag(season_start) over (order by season_start) as base_start,
        lag(season_end) over (order by season_start) as base_end
    from {{ ref('season_calendar') }}
),

season_day as (
    select
        series.series,
        'season' as span_kind,
        season.season as span,
        season.season_start as span_start,
        season.base_start,
        dim_date.date_day as current_date_day,
        season.base_start + cast(dim_date.date_day - season.season_start as int) as base_date_day
    from series
    inner join season on series.last_date >= season.season_start and series.first_date <= season.season_end
    inner join {{ ref('dim_date') }} as dim_date
        on
            season.season_start <= dim_date.date_day
            and season.season_end >= dim_date.date_day
            and series.last_date >= dim_date.date_day
    where
        series.span_kind = 'season'
        and season.base_start + cast(dim_date.date_day - season.season_start as int) <= season.base_end
),

-- 29 February has no such day a year before.
year_day as (
    select
        series.series,
        'year' as span_kind,
        cast(dim_date.year_number as varchar) as span,
        cast(date_trunc('year', dim_date.date_day) as date) as span_start,
        cast(date_trunc('year', dim_date.date_day) - interval 1 year as date) as base_start,
        dim_date.date_day as current_date_day,
        cast(dim_date.date_day - interval 1 year as date) as base_date_day
    from series
    inner join {{ ref('dim_date') }} as dim_date
        on
            date_trunc('year', series.first_date) <= dim_date.date_day
            and series.last_date >= dim_date.date_day
    where
        series.span_kind = 'year'
        and not (month(dim_date.date_day) = 2 and day(dim_date.date_day) = 29)
),

paired as (
    select * from season_day
    union all by name
    select * from year_day
),

final as (
    select
        paired.series,
        paired.span_kind,
        paired.span,
        paired.span_start,
        paired.base_start,
        side.side,
        side.day_date,
        paired.current_date_day = series.last_date as is_cut
    from paired
    inner join series on paired.series = series.series
    cross join (
        values ('current', paired.current_date_day), ('base', paired.base_date_day)
    ) as side (side, day_date)
)

select * from final
