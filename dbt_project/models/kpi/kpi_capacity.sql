-- One row per capacity KPI, smallest known area, day and exclusion reason: what each register adds to each figure.
with final as (
    select * from {{ ref('kpi_capacity_community') }}
    union all by name
    select * from {{ ref('kpi_capacity_worker') }}
    union all by name
    select * from {{ ref('kpi_capacity_programme') }}
)

select * from final
