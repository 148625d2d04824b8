{# received = counted + excluded + immature, and the reasons, where a column lists them, add up to the excluded. #}
{% test waterfall_closes(model, reasons=none) %}
{% set listed = "list_sum(cast(json_extract(" ~ reasons ~ ", '$.*') as bigint[]))" %}
select *
from {{ model }}
where
    received_count <> counted_count + excluded_count + immature_count
    or excluded_count <> coalesce({{ listed if reasons else "excluded_count" }}, 0)
{% endtest %}
