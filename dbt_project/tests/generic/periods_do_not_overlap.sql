{# An effective-dated policy says one thing a day: no row of a key begins before the row ahead of it has ended. #}
{% test periods_do_not_overlap(model, key) %}
select *
from {{ model }}
qualify valid_from <= lag(coalesce(valid_to, date '9999-12-31')) over (partition by {{ key }} order by valid_from)
{% endtest %}
