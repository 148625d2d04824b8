-- One row per capacity KPI, smallest known area, day and exclusion reason: what each source adds to each figure.
with final as (
    select * from {{ ref('kpi_capacity_programme') }}
)

select * from final
