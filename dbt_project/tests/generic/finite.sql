{# Every named column is an exact number: no binary float, so no NaN and no infinity, can hide in it. #}
{% test finite(model, columns) %}
select *
from {{ model }}
where {% for column in columns -%}
    typeof({{ column }}) not like 'DECIMAL%' or not isfinite(cast({{ column }} as double)) {{ "or " if not loop.last }}
{%- endfor %}
{% endtest %}
