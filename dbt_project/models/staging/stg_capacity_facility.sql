-- One row per resource and day of change: the register with its history, placed by street, else by district or zone.
with version as (
    {{ current_version('capacity_facility', key=['facility_type', 'facility_code', 'valid_from']) }}
),

final as (
    select
        version.facility_type,
        version.facility_code,
        version.valid_from,
        version.facility_status,
        version.facility_name,
        coalesce(version.quantity, 1) as quantity,
        coalesce(version.unit, 'item') as unit,
        version.community_code,
        coalesce(street.area_code, unit.area_code) as area_code,
        case
            when street.area_code is not null then 'street'
            when unit.area_code is not null then 'district'
            else 'none'
        end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on
            coalesce(version.street_code, left(version.community_code, 9)) = street.area_code
            and street.level = 'street'
    left join {{ ref('area') }} as unit
        on version.district_code = unit.area_code and unit.level in ('district', 'zone')
)

select * from final
