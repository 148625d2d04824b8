-- One row per case that must be folded anew: something of it arrived, or its clock is paused and the pause has grown.
{%- set cases = left_by_last_build('marts', 'fct_case') %}
{%- set feeds = ['hotline_city', 'hotline_province', 'hotline_city_event', 'hotline_province_event'] %}

with arrived as (
    {%- for feed in feeds %}
    select
        delivered.case_id,
        true as has_news,
        batch.is_asked
    from {{ ref('stg_' ~ feed) }} as delivered
    inner join {{ ref('int_hotline_batch_new') }} as batch
        on delivered.batch_id = batch.batch_id and batch.feed = '{{ feed }}'
    {{ "union" if not loop.last }}
    {%- endfor %}
    {%- if cases %}
    union
    select
        paused.case_id,
        false as has_news,
        false as is_asked
    from {{ cases }} as paused
    where paused.is_suspended
    {%- endif %}
),

final as (
    select
        case_id,
        split_part(case_id, '/', 1) as platform,
        -- Without news only the deadline of a paused clock moves.
        bool_or(has_news) as has_news,
        bool_or(is_asked) as is_asked
    from arrived
    group by case_id
)

select * from final
