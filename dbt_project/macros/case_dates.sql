{# Every day on which a case can count in a figure; the same day one year on carries the base of a year-on-year change.
   Of a case without news (a pause that lasts) only the deadlines move. #}
{% macro case_dates(has_news) -%}
    unnest(
        [
            {{ due_date('due_at') }},
            {{ due_date('unextended_due_at') }},
            {{ due_date('last_due_at') }}
        ] || if({{ has_news }}, [
            cast(received_at as date),
            cast(received_at + interval 1 year as date),
            cast(dispatched_at as date),
            {{ due_date('response_due_at') }},
            cast(finished_at as date),
            cast(last_finished_at as date)
        ], [])
    )
{%- endmacro %}
