-- One row per hotline delivery that the last finished build did not hold: by batch, never by a high-water mark.
{%- set taken = left_by_last_build('intermediate', 'int_hotline_batch_taken') %}

with final as (
    select
        feed,
        batch_id
    from {{ ref('stg_delivery') }}
    where feed like 'hotline%'
    {%- if taken %}
    except
    select
        feed,
        batch_id
    from {{ taken }}
    where feed is not null
    {%- endif %}
)

select * from final
