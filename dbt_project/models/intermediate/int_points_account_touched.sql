-- One row per account that a changed entry books on, or did before it was changed: its balances are counted anew.
{%- set booked = left_by_last_build('intermediate', 'int_points_line') %}

with final as (
    select
        account_kind,
        account_token
    from {{ ref('stg_capacity_points_entry') }}
    where
        account_kind <> 'pool' and account_token is not null
        and entry_no in (select changed.entry_no from {{ ref('int_points_entry_changed') }} as changed)
    {%- if booked %}
    union
    select
        account_kind,
        account_token
    from {{ booked }}
    where
        account_kind <> 'pool' and account_token is not null
        and entry_no in (select changed.entry_no from {{ ref('int_points_entry_changed') }} as changed)
    {%- else %}
    group by all
    {%- endif %}
)

select * from final
