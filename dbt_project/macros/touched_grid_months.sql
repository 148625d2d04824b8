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

{# Condition on rows of a month: its figures are counted anew. #}
{% macro in_counted_month(column='month_start') -%}
    {{ column }} in (select anew.month_start from {{ ref('int_grid_month_counted') }} as anew)
{%- endmacro %}

{# Points are booked after the event they are paid for: every month from the first that is counted anew. #}
{% macro since_counted_month() -%}
    month_start >= (select min(anew.month_start) from {{ ref('int_grid_month_counted') }} as anew)
{%- endmacro %}

{# Pre-hook of contributions: those of months counted anew go first. #}
{% macro take_out_counted_periods() -%}
    {{ take_out(in_counted_month("cast(date_trunc('month', period_date) as date)")) }}
{%- endmacro %}
