-- One row per area: its level, its parent, and the two ways to roll it up (statutory district, administering region).

with jurisdiction as (
    select
        street_code,
        region_code
    from {{ ref('area_jurisdiction') }}
    -- Today's borders for all years, so that a series compares like with like.
    qualify row_number() over (partition by street_code order by valid_from desc) = 1
),

street as (
    select
        area.area_code as street_code,
        area.parent_code as district_code,
        jurisdiction.region_code
    from {{ ref('area') }} as area
    left join jurisdiction on area.area_code = jurisdiction.street_code
    where area.level = 'street'
),

-- A district named without a street means its own administration, or the zone that took all of it over.
district as (
    select
        district_code as area_code,
        district_code,
        case
            when bool_or(region_code = district_code) then district_code
            when count(distinct region_code) = 1 then min(region_code)
        end as region_code
    from street
    group by district_code
),

zone as (
    select
        region_code as area_code,
        case when count(distinct district_code) = 1 then min(district_code) end as district_code,
        region_code
    from street
    where region_code not in (select district_code from street)
    group by region_code
),

membership as (
    select * from district
    union all by name
    select * from zone
    union all by name
    select
        street_code as area_code,
        *
    from street
),

final as (
    select
        area.area_code,
        area.level,
        area.name_zh,
        area.name_en,
        area.parent_code,
        membership.region_code,
        membership.district_code as statutory_district_code
    from {{ ref('area') }} as area
    left join membership on membership.area_code = if(area.level = 'community', area.parent_code, area.area_code)
)

select * from final
