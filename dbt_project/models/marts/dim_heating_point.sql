-- One row per room point and span of days in which nothing about it changed. A point is somebody's room: not published.

with final as (
    select
        point_id,
        valid_from,
        lead(valid_from) over (partition by point_id order by valid_from) - 1 as valid_to,
        point_status = 'in_use' as is_in_use,
        customer_status,
        room_type,
        position,
        dwelling_code,
        building_code,
        gateway_id,
        station_id,
        enterprise_name,
        area_code as street_code,
        calibrated_until
    from {{ ref('stg_heating_room_point') }}
)

select * from final
