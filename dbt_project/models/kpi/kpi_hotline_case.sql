-- One row per hotline KPI and case: the plain rows behind every figure, those left out with their reason. A view.
{{ config(meta={'rows_by': 'period_date'}, materialized='view') }}

with case_row as (
    select * from {{ ref('fct_case') }}
),

judged as (
    {{ judged_case('case_row') }}
),

final as (
    {{ hotline_kpi_rows('judged') }}
)

select * from final
