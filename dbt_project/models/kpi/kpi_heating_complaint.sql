-- One row per area, month of the season and side of the heating complaint rate: matters, and the households they stand
-- over. Households are known by district, so a street has no such rate; until all districts are known nobody has.
with feed as (
    select
        feed,
        first_date,
        as_of
    from {{ ref('dim_feed') }}
    where feed = 'hotline_city'
),

season_month as (
    select distinct dim_date.month_start
    from {{ ref('dim_date') }} as dim_date
    inner join feed on dim_date.date_day >= feed.first_date and dim_date.date_day <= cast(feed.as_of as date)
    where dim_date.heating_season is not null
),

known_month as (
    select household.month_start
    from {{ ref('int_heating_household_month') }} as household
    inner join season_month on household.month_start = season_month.month_start
    where household.area_level = 'city'
),

matter as (
    select
        complaint.*,
        feed.feed
    from {{ ref('int_heating_complaint') }} as complaint
    cross join feed
    where date_trunc('month', complaint.received_at) in (select known_month.month_start from known_month)
),

household as (
    select
        feed.feed,
        cast(null as varchar) as street_code,
        household.area_code as district_code,
        household.whole_region_code as region_code,
        household.month_start,
        household.heated_households * cast(0.001 as decimal(3, 3)) as thousand_households
    from {{ ref('int_heating_household_month') }} as household
    cross join feed
    where
        household.area_level = 'district'
        and household.month_start in (select known_month.month_start from known_month)
),

final as (
    {{ contribution(
        'matter', "'heating.complaints_per_thousand'", day='received_at', hit='1', base='0', in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'household', "'heating.complaints_per_thousand'", day='month_start', hit='0', base='thousand_households',
        received='false', in_day='false'
    ) }}
)

select * from final
