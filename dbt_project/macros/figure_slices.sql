{# What the ledger of published figures can be measured by. Each register slice has a model `int_register_<slice>` with
   register_code, valid_from, valid_to, district_code, region_code, quantity and subject; each event slice a model
   `int_figure_event_<slice>` with count_code, day_date, region_code, amount (NULL counts subjects) and subject;
   who has a subject counts once. #}
{% macro register_slices() -%}
    {{ return([
        'heating',
        'grid',
        'capacity',
        'property',
        'programme',
    ]) }}
{%- endmacro %}

{% macro figure_event_slices() -%}
    {{ return([
        'heating',
        'mediation',
        'capacity',
    ]) }}
{%- endmacro %}
