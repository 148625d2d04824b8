-- One row per delivered version of a reading of a room point. A view, because readings stay in the landing tables.
{{ config(materialized='view') }}

with final as (
    select
        point_id,
        measured_at,
        business_date as measured_date,
        temperature_c,
        room_type,
        customer_status,
        enterprise_name,
        street_code,
        recorded_at,
        batch_seq,
        row_no
    from {{ source('landing', 'heating_room_temperature') }}
)

select * from final
