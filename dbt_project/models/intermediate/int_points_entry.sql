-- One row per entry of the points ledger: whether its debits equal its credits, and what else a ledger must never do.
{{ config(
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_touched_entries() }}"
) }}

-- depends_on: {{ ref('int_points_account_touched') }}
-- depends_on: {{ ref('int_points_entry_changed') }}
with summed as (
    select
        entry_no,
        min(booked_at) as booked_at,
        min(month_start) as month_start,
        -- Where the entry belongs: with the account of a person, else with the pool.
        coalesce(max(street_code) filter (where account_kind <> 'pool'), max(street_code)) as street_code,
        count(*) as line_count,
        coalesce(sum(points) filter (where side = 'debit'), 0) as debit_points,
        coalesce(sum(points) filter (where side = 'credit'), 0) as credit_points,
        coalesce(bool_or(account_kind <> 'pool' and rater_token = account_token), false) as is_self_rated,
        coalesce(bool_or(side = 'debit' and points > 0 and balance < 0), false) as is_overdrawing
    from {{ ref('int_points_line') }}
    {%- if is_incremental() %}
    where {{ in_touched_entries() }}
    {%- endif %}
    group by entry_no
),

final as (
    select
        summed.entry_no,
        summed.booked_at,
        summed.month_start,
        summed.street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        summed.line_count,
        summed.debit_points,
        summed.credit_points,
        summed.debit_points = summed.credit_points as is_balanced,
        summed.is_self_rated,
        summed.is_overdrawing
    from summed
    left join {{ ref('dim_area') }} as area on summed.street_code = area.area_code
)

select * from final
