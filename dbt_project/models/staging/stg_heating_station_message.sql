-- One row per message of a heat station and moment: the last version by arrival.
-- A view, because messages stay in the landing tables.
{{ config(materialized='view') }}

with version as (
    select * from {{ source('landing', 'heating_station_message') }}
    -- The last version of a key, as everywhere; asked of the next row, because a window per message would be slow.
    qualify
        lead(measured_at) over (partition by station_id order by measured_at, batch_seq, row_no)
        is distinct from measured_at
),

final as (
    select
        station_id,
        measured_at,
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
        is_duplicate
    from version
)

select * from final
