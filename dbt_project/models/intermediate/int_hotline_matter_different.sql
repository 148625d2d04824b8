-- One row per day of receipt on which a case belongs to another matter, or repeats another case, than before.
-- Read before that is replaced.
-- depends_on: {{ ref('int_hotline_matter_changed') }}
{%- set known = left_by_last_build('intermediate', 'int_hotline_matter') %}

with final as (
    select distinct cast(found.received_at as date) as touched_date
    from {{ ref('int_hotline_matter_changed') }} as found
    {%- if known %}
    left join {{ known }} as known on found.case_id = known.case_id
    where
        row(found.matter_id, found.is_repeat, found.is_merged, found.received_at)
        is distinct from row(known.matter_id, known.is_repeat, known.is_merged, known.received_at)
    {%- endif %}
)

select * from final
