{# Condition on lines of the points ledger: their entry changed, or the balance of their account did. #}
{% macro in_touched_points() -%}
    (
        entry_no in (select changed.entry_no from {{ ref('int_points_entry_changed') }} as changed)
        or (account_kind, account_token) in (
            select (touched.account_kind, touched.account_token)
            from {{ ref('int_points_account_touched') }} as touched
        )
    )
{%- endmacro %}

{# Condition on entries: one of their lines was made anew. #}
{% macro in_touched_entries() -%}
    entry_no in (
        select booked.entry_no
        from {{ ref('int_points_line') }} as booked
        where {{ in_touched_points() }}
    )
{%- endmacro %}

{# Pre-hooks: those rows go before they are made again. #}
{% macro take_out_touched_points() -%}
    {{ take_out(in_touched_points()) }}
{%- endmacro %}

{% macro take_out_touched_entries() -%}
    {{ take_out(in_touched_entries()) }}
{%- endmacro %}
