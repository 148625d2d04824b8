{# Condition on rows of a grid and month: they are judged anew in this run. #}
{% macro in_touched_grid_month() -%}
    (grid_code, month_start) in (
        select (touched.grid_code, touched.month_start) from {{ ref('int_grid_month_touched') }} as touched
    )
{%- endmacro %}

{# Pre-hook: the rows of those months go before they are made again. #}
{% macro take_out_touched_grid_months() -%}
    {{ take_out(in_touched_grid_month()) }}
{%- endmacro %}

{# Pre-hook: months for which the registers are read anew go first. #}
{% macro take_out_read_months() -%}
    {{ take_out("month_start in (select anew.month_start from " ~ ref('int_grid_month_read') ~ " as anew)") }}
{%- endmacro %}
