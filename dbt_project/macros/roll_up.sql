{# Sums contributions to every area level, by day and by month. Rates are never averaged; the city also holds cases
   whose area is unknown, so no level is the sum of another that lost some. A KPI whose dictionary row says so has no
   figure for a street and day: such cells are too small to show. #}
{% macro roll_up(relation) -%}
    {%- set counts = [
        'received_count', 'counted_count', 'excluded_count', 'immature_count', 'open_not_due_count', 'provisional_count'
    ] -%}
    {%- set levels = {'city': none, 'district': 'district_code', 'region': 'region_code', 'street': 'street_code'} -%}
    {%- set periods = {'month': "date_trunc('month', period_date)", 'day': 'period_date'} -%}
    select
        kpi_code,
        period_grain,
        cast(period_start as date) as period_start,
        area_level,
        coalesce(area_code, (select area_code from {{ ref('dim_area') }} where level = 'city')) as area_code,
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
        {%- for grain, period in periods.items() %}
        {%- set is_last_grain = loop.last %}
        select
            kpi_code,
            excluded_reason,
            '{{ grain }}' as period_grain,
            {{ period }} as period_start,
            case
                {%- for level, column in levels.items() if column %}
                when grouping({{ column }}) = 0 then '{{ level }}'
                {%- endfor %}
                else 'city'
            end as area_level,
            case
                {%- for level, column in levels.items() if column %}
                when grouping({{ column }}) = 0 then {{ column }}
                {%- endfor %}
            end as area_code,
            {%- for count in counts %}
            sum({{ count }}) as {{ count }},
            {%- endfor %}
            sum(numerator) as numerator,
            sum(denominator) as denominator
        from {{ relation }}
        where in_{{ grain }}
        group by grouping sets (
            {%- for column in levels.values() %}
            (kpi_code, excluded_reason, {{ period }}{{ ", " ~ column if column }}){{ "," if not loop.last }}
            {%- endfor %}
        )
        {{ "union all" if not is_last_grain }}
        {%- endfor %}
    ) as summed
    where
        (area_level = 'city' or area_code is not null)
        and not (
            period_grain = 'day' and area_level = 'street'
            and kpi_code in (select kpi_code from {{ ref('dim_kpi') }} where smallest_day_area <> 'street')
        )
    group by kpi_code, period_grain, period_start, area_level, area_code
{%- endmacro %}
