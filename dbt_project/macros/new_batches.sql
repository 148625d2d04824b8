{# Deliveries of some feeds that the last finished build did not hold: by batch, never by a high-water mark. And those it
   held that bring days which somebody asked to have computed anew: `is_asked`. #}
{% macro new_batches(feeds, ledger) -%}
    {%- set taken = left_by_last_build('intermediate', ledger) -%}
    {%- set recompute_day = ref('stg_recompute_day') -%}
    select
        delivered.feed,
        delivered.batch_id,
        {% if taken %}taken.batch_id is not null{% else %}false{% endif %} as is_asked
    from {{ ref('stg_delivery') }} as delivered
    {%- if taken %}
    left join {{ taken }} as taken on delivered.feed = taken.feed and delivered.batch_id = taken.batch_id
    {%- endif %}
    where
        delivered.feed like '{{ feeds }}'
        {%- if taken %}
        and (
            taken.batch_id is null
            or (delivered.feed, delivered.batch_id) in (
                select (asked.feed, asked.batch_id) from {{ recompute_day }} as asked
            )
        )
        {%- endif %}
{%- endmacro %}

{# Pre-hook of a ledger of deliveries taken: those taken once more do not stand in it twice. #}
{% macro take_out_asked(batches) -%}
    {{ take_out(
        "(feed, batch_id) in (select (asked.feed, asked.batch_id) from " ~ ref(batches) ~ " as asked where asked.is_asked)"
    ) }}
{%- endmacro %}

{# Pre-hook of a staging table that keeps current versions: what came with a delivery that is taken once more. #}
{% macro take_out_brought_by_asked(feed) -%}
    {{ take_out(
        "batch_id in (select asked.batch_id from " ~ ref('stg_recompute_day') ~ " as asked where asked.feed = '" ~ feed ~ "')"
    ) }}
{%- endmacro %}
