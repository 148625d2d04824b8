{# The day a deadline belongs to: 00:00:00 means 24:00 of the day before. #}
{% macro due_date(due_at) -%}
    cast({{ due_at }} - interval 1 microsecond as date)
{%- endmacro %}
