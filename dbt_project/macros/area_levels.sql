{# Rows summed at every level of area, the city holding those of no known area too; what is no sum - a median, a number
   of persons - is taken anew at every level. Used together in one query: `area_level_of` and `area_code_of` in its
   select, `by_area_levels` as its group by, `known_area` as its having; `area_sums` is such a query whole.
   `levels` is ['district', 'region'] or with 'street'. What is sensitive is never summed by street. #}
{% macro area_level_of(levels) -%}
    case {% for level in levels %}when grouping({{ level }}_code) = 0 then '{{ level }}' {% endfor %}else 'city' end
{%- endmacro %}

{% macro area_code_of(levels) -%}
    case
        {%- for level in levels %}
        when grouping({{ level }}_code) = 0 then {{ level }}_code
        {%- endfor %}
        else (select area_code from {{ ref('dim_area') }} where level = 'city')
    end
{%- endmacro %}

{% macro by_area_levels(keys, levels) -%}
    grouping sets (
        ({{ keys | join(', ') }})
        {%- for level in levels %},
        ({{ keys | join(', ') }}, {{ level }}_code)
        {%- endfor %}
    )
{%- endmacro %}

{% macro known_area(levels) -%}
    {% for level in levels %}(grouping({{ level }}_code) = 1 or {{ level }}_code is not null)
    {{- " and " if not loop.last }}{% endfor %}
{%- endmacro %}

{# `sums` (name: expression) of a relation by `keys`, at every level. #}
{% macro area_sums(relation, keys, sums, levels=['district', 'region', 'street']) -%}
    select
        {{ keys | join(', ') }},
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ relation }}
    group by {{ by_area_levels(keys, levels) }}
    having {{ known_area(levels) }}
{%- endmacro %}
