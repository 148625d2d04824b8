-- One row per month and area whose heated households are known: those in force on the first of the month.
-- `whole_region_code`: the region that a district is by itself, where it is one.
with counted as (
    select
        dim_date.month_start,
        households.district_code,
        households.heated_households,
        households.households
    from {{ ref('dim_date') }} as dim_date
    inner join {{ ref('households') }} as households
        on
            dim_date.month_start >= households.valid_from
            and dim_date.month_start <= coalesce(households.valid_to, date '9999-12-31')
    where dim_date.date_day = dim_date.month_start
),

-- Households are known by statutory district; a region has them only where it is one whole district and nothing else.
whole as (
    select
        statutory_district_code as district_code,
        region_code
    from {{ ref('dim_area') }}
    where level = 'street'
    group by statutory_district_code, region_code
    qualify
        count(*) over (partition by statutory_district_code) = 1 and count(*) over (partition by region_code) = 1
),

city_area as (
    select
        max(area_code) filter (where level = 'city') as area_code,
        count(*) filter (where level = 'district') as district_count
    from {{ ref('dim_area') }}
),

-- The city is known only when every one of its districts is.
city as (
    select
        counted.month_start,
        'city' as area_level,
        city_area.area_code,
        cast(sum(counted.heated_households) as bigint) as heated_households,
        -- A sum over what is known would be no sum of the city.
        if(count(counted.households) = count(*), cast(sum(counted.households) as bigint), null) as households
    from counted
    cross join city_area
    group by counted.month_start, city_area.area_code, city_area.district_count
    having count(*) = city_area.district_count
),

final as (
    select * from city
    union all by name
    select
        counted.month_start,
        'district' as area_level,
        counted.district_code as area_code,
        counted.heated_households,
        counted.households,
        whole.region_code as whole_region_code
    from counted
    left join whole on counted.district_code = whole.district_code
    union all by name
    select
        counted.month_start,
        'region' as area_level,
        whole.region_code as area_code,
        counted.heated_households,
        counted.households
    from counted
    inner join whole on counted.district_code = whole.district_code
    where whole.region_code is not null
)

select * from final
