{# The condition is true in every row; NULL is a failure too. #}
{% test holds(model, condition) %}
select *
from {{ model }}
where not coalesce({{ condition }}, false)
{% endtest %}
