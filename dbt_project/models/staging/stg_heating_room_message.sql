-- One row per message of a room point and moment: the last version by arrival.
-- A view, because messages stay in the landing tables.
{{ config(materialized='view') }}

with version as (
    select * from {{ source('landing', 'heating_room_message') }}
    -- The last version of a key, as everywhere; asked of the next row, because a window per message would be slow.
    qualify
        lead(measured_at) over (partition by point_id order by measured_at, batch_seq, row_no)
        is distinct from measured_at
),

final as (
    select
        point_id,
        measured_at,
        temperature_c,
        humidity,
        battery,
        rssi,
        message_seq,
        received_at,
        is_retained,
        is_duplicate
    from version
)

select * from final
