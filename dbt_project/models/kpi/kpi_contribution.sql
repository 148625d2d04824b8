-- One row per KPI, smallest known area, day and exclusion reason: contributions of all families. A view, for metrics.
-- fct_kpi_cell takes the same families by itself: what it makes of them is checked against what metrics make of this.
{{ config(materialized='view') }}
{%- set columns = [
    'kpi_code', 'feed', 'street_code', 'district_code', 'region_code', 'period_date', 'excluded_reason',
    'counted_count', 'numerator', 'denominator'
] %}

with contribution as (
    {%- for family in kpi_families() %}
    select {{ columns | join(', ') }} from {{ ref('kpi_' ~ family) }}
    {{- "
    union all by name" if not loop.last }}
    {%- endfor %}
),

-- A count that is a state has every day a row, also when nothing is open: else the last day with rows would pass for
-- the last day.
nothing_open as (
    select
        dim_kpi.kpi_code,
        dim_kpi.feed,
        dim_date.date_day as period_date,
        0 as counted_count
    from {{ ref('dim_kpi') }} as dim_kpi
    inner join {{ ref('dim_feed') }} as dim_feed on dim_kpi.feed = dim_feed.feed
    inner join {{ ref('dim_date') }} as dim_date
        on dim_feed.first_date <= dim_date.date_day and dim_feed.as_of >= dim_date.date_day
    where dim_kpi.unit = 'count' and dim_kpi.over_time = 'last'
),

final as (
    select * from contribution
    union all by name
    select * from nothing_open
)

select * from final
