-- One row per hotline platform: the latest moment its feeds speak of; the as-of comes from data, never from a clock.
{%- set taken = left_by_last_build('intermediate', 'int_hotline_batch_taken') %}

with moment as (
    select
        'city' as platform,
        max(greatest(received_at, dispatched_at, finished_at, callback_at, updated_at)) as as_of,
        min(received_at) as first_at
    from {{ ref('stg_hotline_city') }}
    where batch_id in (select batch.batch_id from {{ ref('int_hotline_batch_new') }} as batch)
    union all
    select
        'city' as platform,
        max(occurred_at) as as_of,
        min(occurred_at) filter (where event_type = 'received') as first_at
    from {{ ref('stg_hotline_city_event') }}
    where batch_id in (select batch.batch_id from {{ ref('int_hotline_batch_new') }} as batch)
    union all
    select
        'province' as platform,
        max(greatest(received_at, replied_at)) as as_of,
        min(received_at) as first_at
    from {{ ref('stg_hotline_province') }}
    where batch_id in (select batch.batch_id from {{ ref('int_hotline_batch_new') }} as batch)
    union all
    select
        'province' as platform,
        max(occurred_at) as as_of,
        min(occurred_at) filter (where event_type = 'received') as first_at
    from {{ ref('stg_hotline_province_event') }}
    where batch_id in (select batch.batch_id from {{ ref('int_hotline_batch_new') }} as batch)
    {%- if taken %}
    union all
    select
        platform,
        as_of,
        first_at
    from {{ taken }}
    where platform is not null
    {%- endif %}
),

final as (
    select
        platform,
        max(as_of) as as_of,
        min(first_at) as first_at
    from moment
    group by platform
    having max(as_of) is not null
)

select * from final
