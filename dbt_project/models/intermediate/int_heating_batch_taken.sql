-- One row per heating delivery the warehouse holds. Written last.
-- depends_on: {{ ref('fct_kpi_value') }}
-- depends_on: {{ ref('fct_heating_cold_episode') }}
-- depends_on: {{ ref('fct_heating_enterprise_season') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out_asked('int_heating_batch_new') }}"
) }}

with final as (
    select
        feed,
        batch_id
    from {{ ref('int_heating_batch_new') }}
)

select * from final
