{# Sums contributions to every area level, by day and by month. Rates are never averaged; the city also holds cases
   whose area is unknown, so no level is the sum of another that lost some. #}
{% macro roll_up(relation) -%}
    {%- set counts = ['received_count', 'counted_count', 'excluded_count', 'immature_count', 'open_not_due_count'] -%}
    {%- set periods = {'month': 'month_start', 'day': 'period_date'} -%}
    {%- set levels = {'city': none, 'district': 'district_code', 'region': 'region_code', 'street': 'street_code'} -%}
    select
        kpi_code,
        period_grain,
        period_start,
        area_level,
        area_code,
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        cast(sum(denominator) as decimal(18, 4)) as denominator,
        '{' || coalesce(
            string_agg('"' || excluded_reason || '":' || excluded_count, ',' order by excluded_reason)
            filter (where excluded_count > 0), ''
        ) || '}' as excluded_by_reason
    from (
        select
            kpi_code,
            excluded_reason,
            if(grouping(period_date) = 0, 'day', 'month') as period_grain,
            if(grouping(period_date) = 0, period_date, month_start) as period_start,
            case
                when grouping(district_code) = 0 then 'district'
                when grouping(region_code) = 0 then 'region'
                when grouping(street_code) = 0 then 'street'
                else 'city'
            end as area_level,
            case
                when grouping(district_code) = 0 then district_code
                when grouping(region_code) = 0 then region_code
                when grouping(street_code) = 0 then street_code
                else (select area_code from {{ ref('dim_area') }} where level = 'city')
            end as area_code,
            {%- for count in counts %}
            sum({{ count }}) as {{ count }},
            {%- endfor %}
            sum(numerator) as numerator,
            sum(denominator) as denominator
        from {{ relation }}
        group by grouping sets (
            {%- for period in periods.values() %}
            {%- set last_period = loop.last %}
            {%- for area in levels.values() %}
            (kpi_code, excluded_reason, {{ period }}{{ ", " ~ area if area }}){{ "," if not (loop.last and last_period) }}
            {%- endfor %}
            {%- endfor %}
        )
    ) as summed
    where period_start is not null and area_code is not null
    group by kpi_code, period_grain, period_start, area_level, area_code
{%- endmacro %}
