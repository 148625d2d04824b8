-- One row per heat-exchange station and day of change: the register with its history.
with version as (
    {{ current_version('heating_station', key=['station_id', 'valid_from']) }}
),

final as (
    select
        version.station_id,
        version.valid_from,
        version.station_status,
        version.enterprise_name,
        version.heated_area_m2,
        version.heated_households,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
