-- One row per day of the calendar: what MetricFlow counts time by. dbt keeps no time spine for a model with versions.
{{ config(materialized='view') }}

with final as (
    select date_day from {{ ref('dim_date') }}
)

select * from final
