-- One row per delivered version of a message of a station. A view, because messages stay in the landing tables.
{{ config(materialized='view') }}

with final as (
    select
        station_id,
        measured_at,
        business_date as measured_date,
        supply_primary_c,
        return_primary_c,
        supply_secondary_c,
        return_secondary_c,
        supply_pressure_mpa,
        return_pressure_mpa,
        flow_t_per_h,
        heat_gj,
        pump_state,
        received_at,
        is_retained,
        is_duplicate,
        recorded_at,
        batch_seq,
        row_no
    from {{ source('landing', 'heating_station_message') }}
)

select * from final
