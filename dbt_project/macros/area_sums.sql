{# `sums` of a relation for the city, each statutory district, each administering region and each street, by `keys`.
   The city also holds rows whose area is unknown; distinct persons or sessions are counted anew at every level. #}
{% macro area_sums(relation, keys, sums) -%}
    {%- set levels = {'city': none, 'district': 'district_code', 'region': 'region_code', 'street': 'street_code'} -%}
    {%- set columns = levels.values() | select | list -%}
    select
        {{ keys | join(', ') }},
        area_level,
        coalesce(area_code, (select area_code from {{ ref('dim_area') }} where level = 'city')) as area_code,
        {{ sums.keys() | join(', ') }}
    from (
        select
            {{ keys | join(', ') }},
            case
                {%- for level, column in levels.items() if column %}
                when grouping({{ column }}) = 0 then '{{ level }}'
                {%- endfor %}
                else 'city'
            end as area_level,
            case
                {%- for column in columns %}
                when grouping({{ column }}) = 0 then {{ column }}
                {%- endfor %}
            end as area_code
            {%- for name, expression in sums.items() %},
            {{ expression }} as {{ name }}
            {%- endfor %}
        from {{ relation }}
        group by grouping sets (
            ({{ keys | join(', ') }})
            {%- for column in columns %}, ({{ keys | join(', ') }}, {{ column }}){% endfor %}
        )
    ) as summed
    where area_level = 'city' or area_code is not null
{%- endmacro %}
