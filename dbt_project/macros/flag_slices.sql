{# The slices that flag bad input, each with its model `int_<slice>_flag`: rows kept, but shown on the quality page. #}
{% macro flag_slices() -%}
    {{ return([
        'geo',
        'grid',
        'mediation',
        'property',
        'programme',
    ]) }}
{%- endmacro %}
