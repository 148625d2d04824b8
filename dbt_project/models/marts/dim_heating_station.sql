-- One row per heat-exchange station and span of days in which nothing about it changed.

with final as (
    select
        station_id,
        valid_from,
        lead(valid_from) over (partition by station_id order by valid_from) - 1 as valid_to,
        station_status = 'in_use' as is_in_use,
        enterprise_name,
        area_code as street_code,
        cast(heated_area_m2 as decimal(12, 2)) as heated_area_m2,
        heated_households
    from {{ ref('stg_heating_station') }}
)

select * from final
