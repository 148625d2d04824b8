-- One row per pause of a case: what int_hotline_pause_changed found, kept.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}") }}

with final as (
    select * from {{ ref('int_hotline_pause_changed') }}
)

select * from final
