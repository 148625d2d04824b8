-- One row per feed and period (day, week or month) of which it had to speak, and the moment by which it had to.
-- Asked is what a feed promised, from its first day on; heating only in the season.
with spoken as (
    select
        feed,
        business_date
    from {{ ref('stg_delivery_day') }}
    group by feed, business_date
),

-- Where a feed of messages has begun to speak, the files of the same points are asked for no more.
replaced as (
    select
        pair.feed,
        min(spoken.business_date) as replaced_date
    from (
        values
        ('heating_room_temperature', 'heating_room_message'),
        ('heating_station_reading', 'heating_station_message')
    ) as pair (feed, successor)
    inner join spoken on pair.successor = spoken.feed
    group by pair.feed
),

-- A day of which hardly any daily feed speaks lies outside the service: before it began, or a failure of our own.
service_day as (
    select spoken.business_date
    from spoken
    inner join {{ ref('stg_promise') }} as promise on spoken.feed = promise.feed and promise.cadence = 'daily'
    group by spoken.business_date
    having
        count(*) * 4 >= (
            select count(distinct heard.feed)
            from spoken as heard
            inner join {{ ref('stg_promise') }} as daily on heard.feed = daily.feed and daily.cadence = 'daily'
        )
),

span as (
    select
        promise.*,
        (
            select max(feed.as_of)
            from {{ ref('dim_feed') }} as feed
            where not feed.is_register
        ) as as_of,
        (
            select min(spoken.business_date)
            from spoken
            where spoken.feed = promise.feed
        ) as first_date
    from {{ ref('stg_promise') }} as promise
),

day_of_feed as (
    select
        span.*,
        dim_date.date_day,
        dim_date.heating_season
    from span
    left join replaced on span.feed = replaced.feed
    inner join {{ ref('dim_date') }} as dim_date
        on
            span.first_date <= dim_date.date_day
            and dim_date.date_day <= cast(span.as_of as date)
            and dim_date.date_day < coalesce(replaced.replaced_date, date '9999-12-31')
            and dim_date.date_day > cast(span.as_of as date) - 3660
),

period as (
    select
        *,
        date_day as period_start,
        date_day as period_end,
        -- A day is told the next morning.
        (date_day + 1) + at_time as promised_at
    from day_of_feed
    where
        cadence = 'daily'
        and date_day in (select service_day.business_date from service_day)
        and (domain <> 'heating' or heating_season is not null)
    union all
    select
        *,
        date_day - 6 as period_start,
        date_day as period_end,
        date_day + at_time as promised_at
    from day_of_feed
    where cadence = 'weekly' and isodow(date_day) = iso_weekday
    union all
    select
        *,
        cast(date_trunc('month', date_day) as date) as period_start,
        date_day as period_end,
        (date_day + cast(day_of_month as int)) + at_time as promised_at
    from day_of_feed
    where cadence = 'monthly' and date_day = last_day(date_day)
),

final as (
    select
        feed,
        name_zh,
        name_en,
        cadence,
        period_start,
        period_end,
        promised_at + to_hours(grace_hours) as due_at,
        as_of
    from period
)

select * from final
