-- One row per delivery of the grid or of the register of communities that the warehouse holds. Written last.
-- depends_on: {{ ref('fct_kpi_value') }}
-- depends_on: {{ ref('fct_grid_event') }}
-- depends_on: {{ ref('int_grid_month') }}
-- depends_on: {{ ref('fct_points_month') }}
-- depends_on: {{ ref('fct_points_check') }}
-- depends_on: {{ ref('fct_grid_load') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out_asked('int_grid_batch_new') }}"
) }}

with final as (
    select
        feed,
        batch_id
    from {{ ref('int_grid_batch_new') }}
)

select * from final
