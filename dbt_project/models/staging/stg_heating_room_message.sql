-- One row per delivered version of a message of a room point. A view, because messages stay in the landing tables.
{{ config(materialized='view') }}

with final as (
    select
        point_id,
        measured_at,
        business_date as measured_date,
        temperature_c,
        humidity,
        battery,
        rssi,
        message_seq,
        received_at,
        is_retained,
        is_duplicate,
        recorded_at,
        batch_seq,
        row_no
    from {{ source('landing', 'heating_room_message') }}
)

select * from final
