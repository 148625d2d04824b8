-- One row per room point and day of change: the register with its history.
with version as (
    {{ current_version('heating_room_point', key=['point_id', 'valid_from']) }}
),

final as (
    select
        version.point_id,
        version.valid_from,
        version.point_status,
        version.customer_status,
        version.room_type,
        version.position,
        version.dwelling_code,
        version.building_code,
        version.gateway_id,
        version.station_id,
        version.enterprise_name,
        version.calibrated_until,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
