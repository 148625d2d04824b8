-- One row per grid KPI, smallest known area, day and exclusion reason: what events and registers add to each figure.
with fact as (
    {{ judged_grid_event() }}
),

final as (
    {{ summed_contribution("(" ~ grid_kpi_rows('fact') ~ ")") }}
    union all by name
    select * from {{ ref('kpi_grid_coverage') }}
    union all by name
    select * from {{ ref('kpi_grid_load') }}
    union all by name
    select * from {{ ref('kpi_grid_integrity') }}
)

select * from final
