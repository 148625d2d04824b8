-- One row per day on which a case that is about to change counted until now: read before its row is replaced.
-- depends_on: {{ ref('int_hotline_case_changed') }}
{%- set cases = left_by_last_build('marts', 'fct_case') %}

{%- if cases %}
with final as (
    select distinct {{ case_dates('changed.has_news') }} as touched_date
    from {{ cases }} as known
    inner join {{ ref('int_hotline_case_changed') }} as changed on known.case_id = changed.case_id
)
{%- else %}
with final as (
    select cast(null as date) as touched_date
    from {{ ref('int_hotline_case_changed') }}
    where false
)
{%- endif %}

select * from final
