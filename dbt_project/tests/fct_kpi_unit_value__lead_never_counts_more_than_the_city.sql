-- Each row is a KPI, and a month of it, in which the lead units together count more than the city does.
-- On time is asked of a unit in the month of its own clock, which need not be the city's, nor be over for the city:
-- there all months count together, against all cases ever received.
{{ config(name='fct_kpi_unit_value__lead_never_counts_more_than_the_city') }}

with unit as (
    select
        kpi_code,
        if(kpi_code = 'hotline.on_time_rate', null, period_start) as period_start,
        sum(denominator) as denominator
    from {{ ref('fct_kpi_unit_value') }}
    where weighting = 'LEAD'
    group by all
),

city as (
    select
        if(kpi_code = 'hotline.case_count', 'hotline.on_time_rate', kpi_code) as kpi_code,
        if(kpi_code = 'hotline.case_count', null, period_start) as period_start,
        sum(if(kpi_code = 'hotline.case_count', numerator, denominator)) as denominator
    from {{ ref('fct_kpi_value') }}
    where area_level = 'city' and period_grain = 'month' and kpi_code <> 'hotline.on_time_rate'
    group by all
)

select
    unit.*,
    city.denominator as city_denominator
from unit
left join city on unit.kpi_code = city.kpi_code and unit.period_start is not distinct from city.period_start
where unit.denominator > coalesce(city.denominator, 0)
