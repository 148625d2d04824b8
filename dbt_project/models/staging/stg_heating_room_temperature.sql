-- One row per reading of a room point: its last delivery. A view, because readings stay in the landing tables.
{{ config(materialized='view') }}

with version as (
    select * from {{ source('landing', 'heating_room_temperature') }}
    -- The last version of a key, as everywhere; asked of the next row, because a window per reading would be slow.
    qualify
        lead(measured_at) over (partition by point_id order by measured_at, batch_seq, row_no)
        is distinct from measured_at
),

final as (
    select
        version.point_id,
        version.measured_at,
        version.temperature_c,
        version.room_type,
        version.customer_status,
        version.enterprise_name,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
