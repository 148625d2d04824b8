{# Landing keeps every version of a key; the last one speaks: by the source's own version column, then by order of arrival. #}
{% macro current_version(feed, key, version=none) -%}
    select * from {{ source('landing', feed) }}
    qualify
        row_number() over (
            partition by {{ key | join(', ') }}
            order by {{ (version ~ " desc, ") if version else "" }}batch_seq desc, row_no desc
        ) = 1
{%- endmacro %}
