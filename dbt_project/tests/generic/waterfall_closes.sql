{# received = counted + excluded + immature, and the reasons add up to the excluded. #}
{% test waterfall_closes(model, reasons=none) %}
select *
from {{ model }}
where
    received_count <> counted_count + excluded_count + immature_count
    {%- if reasons %}
    or excluded_count <> coalesce(list_sum(cast(json_extract({{ reasons }}, '$.*') as bigint[])), 0)
    {%- endif %}
{% endtest %}
