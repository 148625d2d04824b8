-- One row per lifecycle event of a case, in order, with the cycle it belongs to: what every other figure is cut from.
-- depends_on: {{ ref('int_hotline_backlog_from') }}
{{ config(
    meta={'rows_by': 'occurred_at'},
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}"
) }}

with final as (
    select * from {{ ref('int_hotline_event_changed') }}
)

select * from final
