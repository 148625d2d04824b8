{# CTE `judged`: readings of a sensor that stood still for too long may not be used either. #}
{% macro heating_judged(readings) -%}
    judged as (
        select
            reading.* replace (
                coalesce(
                    reading.excluded_reason,
                    if(reading.measured_at <= still.still_until or reading.measured_at >= still.still_since, 'X14', null)
                ) as excluded_reason
            )
        from {{ readings }} as reading
        left join {{ ref('int_heating_point_day_still') }} as still
            on reading.point_id = still.point_id and reading.measured_date = still.measured_date
    )
{%- endmacro %}
