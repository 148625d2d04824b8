{# The families of KPIs, each with its model `kpi_<family>` that says what the smallest cells add. #}
{% macro kpi_families() -%}
    {{ return([
        'hotline',
        'heating',
        'grid',
        'mediation',
        'safety',
        'property',
        'capacity',
        'quality',
    ]) }}
{%- endmacro %}
