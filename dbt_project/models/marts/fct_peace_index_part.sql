-- One row per area, month and class of incidents: what it adds to the experimental peace index, with all its working.
-- A part is 100 × city rate of the twelve months before ÷ (that rate + the area's rate): 50 is as the city was.
{%- set thousandth = 'cast(0.001 as decimal(4, 3))' %}

with counted as (
    select
        security_month.incident_class,
        security_month.area_level,
        security_month.area_code,
        security_month.month_start,
        security_month.incident_count,
        weight.weight
    from {{ ref('fct_public_security_month') }} as security_month
    inner join {{ ref('peace_index_weight') }} as weight
        on
            security_month.incident_class = weight.incident_class
            and security_month.month_start >= weight.valid_from
            and security_month.month_start <= coalesce(weight.valid_to, date '9999-12-31')
),

resident as (
    select * from {{ ref('int_safety_resident_month') }}
),

yardstick as (
    select
        city.incident_class,
        city.month_start,
        resident.residents as city_residents,
        sum(city.incident_count) over before as year_count,
        count(*) over before as year_month_count
    from {{ ref('fct_public_security_month') }} as city
    left join resident on resident.area_level = 'city' and city.month_start = resident.month_start
    where city.area_level = 'city'
    window before as (
        partition by city.incident_class order by city.month_start
        range between interval 12 month preceding and interval 1 month preceding
    )
),

placed as (
    select
        counted.*,
        resident.residents,
        yardstick.city_residents,
        if(yardstick.year_month_count = 12, cast(yardstick.year_count as bigint), null) as base_count,
        -- The city's year at the size of this place, and twelve such months here at the size of the city: in thousands
        -- of residents, so that the products stay exact and find room.
        cast(base_count as decimal(10, 0)) * cast(resident.residents as decimal(10, 0)) * {{ thousandth }} as expected,
        cast(counted.incident_count * 12 as decimal(10, 0)) * cast(yardstick.city_residents as decimal(10, 0))
        * {{ thousandth }} as observed
    from counted
    left join resident
        on
            counted.area_level = resident.area_level
            and counted.area_code = resident.area_code
            and counted.month_start = resident.month_start
    left join yardstick
        on counted.incident_class = yardstick.incident_class and counted.month_start = yardstick.month_start
),

final as (
    select
        incident_class,
        area_level,
        area_code,
        month_start,
        incident_count,
        residents,
        {{ safe_ratio('incident_count * 10000', 'residents') }} as rate,
        -- Of one month: a twelfth of the year before.
        {{ safe_ratio('base_count * 10000', 'city_residents * 12') }} as city_rate,
        -- Divided once, from whole numbers: no rounded rate enters the score.
        cast({{ safe_ratio('expected', '(expected + observed)') }} * 100 as decimal(18, 4)) as part_score,
        weight
    from placed
)

select * from final
