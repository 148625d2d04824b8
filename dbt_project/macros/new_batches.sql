{# Deliveries of some feeds that the last finished build did not hold: by batch, never by a high-water mark. #}
{% macro new_batches(feeds, ledger) -%}
    {%- set taken = left_by_last_build('intermediate', ledger) -%}
    select
        feed,
        batch_id
    from {{ ref('stg_delivery') }}
    where feed like '{{ feeds }}'
    {%- if taken %}
    except
    select
        feed,
        batch_id
    from {{ taken }}
    where feed is not null
    {%- endif %}
{%- endmacro %}
