-- One row per series, month, comparison, method and day on either side: which days a change sets against which.
with month as (
    select
        series,
        cast(as_of as date) as last_date,
        cast(unnest(generate_series(date_trunc('month', first_date), as_of, interval 1 month)) as date) as period_start
    from {{ ref('int_hotline_series') }}
),

-- A base day stands for the day one step later; past the as-of it stands for a day that has not come yet.
ordinary as (
    select
        *,
        cast(day_date + shift as date) as matched_date
    from (
        select
            month.*,
            side.comparison,
            side.side,
            side.shift,
            cast(unnest(generate_series(
                month.period_start - side.shift,
                last_day(cast(month.period_start - side.shift as date)),
                interval 1 day
            )) as date) as day_date
        from month
        cross join (
            values
            ('yoy', 'current', interval 0 day),
            ('yoy', 'base', interval 1 year),
            ('mom', 'current', interval 0 day),
            ('mom', 'base', interval 1 month)
        ) as side (comparison, side, shift)
    ) as spread
    where cast(day_date + shift as date) <= last_date
),

-- The wider of two years' windows is disturbed in the base year, so that no base day is taken twice.
festival as (
    select
        this_year.year,
        this_year.festival_date,
        this_year.festival_date - this_year.disturbed_before_days as from_date,
        this_year.festival_date + this_year.disturbed_after_days as to_date,
        base_year.festival_date as base_festival_date,
        base_year.festival_date
        - greatest(this_year.disturbed_before_days, base_year.disturbed_before_days) as base_from_date,
        base_year.festival_date
        + greatest(this_year.disturbed_after_days, base_year.disturbed_after_days) as base_to_date
    from {{ ref('spring_festival') }} as this_year
    inner join {{ ref('spring_festival') }} as base_year on this_year.year = base_year.year + 1
),

paired as (
    select
        ordinary.series,
        ordinary.period_start,
        ordinary.last_date,
        ordinary.day_date,
        cast(ordinary.day_date - interval 1 year as date) as year_before,
        case
            when ordinary.day_date between festival.from_date and festival.to_date
                then festival.base_festival_date + cast(ordinary.day_date - festival.festival_date as int)
            -- 29 February has no such day a year before.
            when
                year_before not between festival.base_from_date and festival.base_to_date
                and cast(year_before + interval 1 year as date) = ordinary.day_date
                then year_before
        end as base_date
    from ordinary
    inner join festival on year(ordinary.period_start) = festival.year
    where
        ordinary.comparison = 'yoy' and ordinary.side = 'current'
        and (
            (
                ordinary.period_start <= festival.to_date
                and last_day(ordinary.period_start) >= festival.from_date
            )
            or (
                ordinary.period_start - interval 1 year <= festival.base_to_date
                and last_day(cast(ordinary.period_start - interval 1 year as date)) >= festival.base_from_date
            )
        )
),

final as (
    select
        series,
        period_start,
        comparison,
        'raw' as method,
        side,
        day_date,
        matched_date = last_date as is_cut,
        true as is_compared
    from ordinary
    union all by name
    select
        series,
        period_start,
        'yoy' as comparison,
        'lunar_aligned' as method,
        'current' as side,
        day_date,
        day_date = last_date as is_cut,
        base_date is not null as is_compared
    from paired
    union all by name
    select
        series,
        period_start,
        'yoy' as comparison,
        'lunar_aligned' as method,
        'base' as side,
        base_date as day_date,
        day_date = last_date as is_cut,
        true as is_compared
    from paired
    where base_date is not null
)

select * from final
