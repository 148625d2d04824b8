-- Each row is a KPI and month whose regions, with what has no known region, do not add up to the city.
{{ config(name='fct_kpi_cell__regions_and_unplaced_make_the_city') }}

with part as (
    select
        kpi_code,
        period_start,
        numerator,
        denominator,
        received_count
    from {{ ref('fct_kpi_cell') }}
    where area_level = 'region' and period_grain = 'month'
    {%- for family in kpi_families() %}
    union all
    select
        kpi_code,
        cast(date_trunc('month', period_date) as date) as period_start,
        numerator,
        denominator,
        received_count
    from {{ ref('kpi_' ~ family) }}
    where region_code is null and in_month
    {%- endfor %}
),

total as (
    select
        kpi_code,
        period_start,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(received_count) as received_count
    from part
    group by all
)

select city.*
from {{ ref('fct_kpi_cell') }} as city
left join total on city.kpi_code = total.kpi_code and city.period_start = total.period_start
where
    city.area_level = 'city' and city.period_grain = 'month'
    and (city.numerator, city.denominator, city.received_count)
    is distinct from (coalesce(total.numerator, 0), coalesce(total.denominator, 0), coalesce(total.received_count, 0))
