-- One row per resource and span of days in which nothing about it changed: what register counts are counted from.

with final as (
    select
        facility.facility_type,
        facility.facility_code,
        facility.valid_from,
        lead(facility.valid_from) over (
            partition by facility.facility_type, facility.facility_code
            order by facility.valid_from
        ) - 1 as valid_to,
        facility.facility_status = 'in_use' as is_in_use,
        facility.quantity,
        facility.unit,
        facility.community_code,
        if(facility.area_resolution = 'street', area.area_code, null) as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_capacity_facility') }} as facility
    left join {{ ref('dim_area') }} as area on facility.area_code = area.area_code
)

select * from final
