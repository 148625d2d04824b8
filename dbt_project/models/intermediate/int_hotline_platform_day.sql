-- One row per hotline platform and day of its span: whether its silence is an outage, and which taxonomy was in force.
with day as (
    select
        substring(feed.feed, length('hotline_') + 1) as platform,
        dim_date.date_day,
        -- The direct line is silent in summer and no worse for it: a day is compared with its own time of year.
        dim_date.heating_season is not null as is_in_season,
        dim_date.date_day < cast(feed.as_of as date) as is_over
    from {{ ref('dim_feed') }} as feed
    inner join {{ ref('dim_date') }} as dim_date
        on feed.first_date <= dim_date.date_day and cast(feed.as_of as date) >= dim_date.date_day
    where feed.feed in ('hotline_city', 'hotline_province')
),

received as (
    select
        if(series = 'city_all', 'city', 'province') as platform,
        received_date,
        sum(case_count) as case_count
    from {{ ref('int_hotline_series_day') }}
    where series in ('city_all', 'province_heating')
    group by all
),

counted as (
    select
        day.*,
        coalesce(received.case_count, 0) as case_count,
        avg(coalesce(received.case_count, 0)) over (partition by day.platform, day.is_in_season) as usual_count
    from day
    left join received on day.platform = received.platform and day.date_day = received.received_date
),

final as (
    select
        counted.platform,
        counted.date_day,
        cast(counted.case_count as bigint) as case_count,
        counted.is_over and counted.case_count = 0 and counted.usual_count >= policy.value as is_outage,
        taxonomy.version as taxonomy_version
    from counted
    left join {{ ref('hotline_policy') }} as policy
        on
            policy.policy = 'outage_daily_cases'
            and counted.date_day >= policy.valid_from
            and counted.date_day <= coalesce(policy.valid_to, date '9999-12-31')
    left join {{ ref('taxonomy_version') }} as taxonomy
        on
            counted.platform = taxonomy.platform
            and counted.date_day >= taxonomy.valid_from
            and counted.date_day <= coalesce(taxonomy.valid_to, date '9999-12-31')
)

select * from final
