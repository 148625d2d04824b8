{# On every day from which a row begins or after which one ends, the rows then valid sum to one. #}
{% test sums_to_one(model, column) %}
with change_day as (
    select valid_from as day from {{ model }}
    union
    select cast(valid_to + interval 1 day as date) as day from {{ model }}
    where valid_to is not null
)

select
    change_day.day,
    sum(weighed.{{ column }}) as total
from change_day
left join {{ model }} as weighed
    on change_day.day between weighed.valid_from and coalesce(weighed.valid_to, date '9999-12-31')
group by change_day.day
having coalesce(sum(weighed.{{ column }}), 0) <> 1
{% endtest %}
