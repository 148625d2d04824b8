-- One row per room point and span of days in which it was in use: what the heating registers hold.
with final as (
    select
        'point.room' as register_code,
        point.valid_from,
        point.valid_to,
        area.statutory_district_code as district_code,
        area.region_code,
        cast(1 as decimal(18, 2)) as quantity,
        cast(null as varchar) as subject
    from {{ ref('dim_heating_point') }} as point
    left join {{ ref('dim_area') }} as area on point.street_code = area.area_code
    where point.is_in_use
)

select * from final
