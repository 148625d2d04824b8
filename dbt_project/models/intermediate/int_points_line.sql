-- One row per line of the points ledger: its area, and the balance of its account after all that was booked by then.
-- Holds tokens, so it never leaves the warehouse.
{{ config(
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_touched_points() }}"
) }}

-- depends_on: {{ ref('int_points_account_touched') }}
-- depends_on: {{ ref('int_points_entry_changed') }}
with signed as (
    select
        line.*,
        area.statutory_district_code as district_code,
        area.region_code,
        if(line.side = 'credit', line.points, -line.points) as signed_points
    from {{ ref('stg_capacity_points_entry') }} as line
    left join {{ ref('dim_area') }} as area on line.area_code = area.area_code
    {%- if is_incremental() %}
    where {{ in_touched_points() }}
    {%- endif %}
),

final as (
    select
        entry_no,
        line_no,
        booked_at,
        cast(date_trunc('month', booked_at) as date) as month_start,
        account_kind,
        account_token,
        area_code as street_code,
        district_code,
        region_code,
        side,
        points,
        reason,
        event_no,
        rater_token,
        -- What is booked at one moment counts together: no order among equals can overdraw an account. A pool issues
        -- points and may stand below zero; an account whose holder is unreadable has no balance.
        if(
            account_kind = 'pool' or account_token is null, null,
            sum(signed_points) over (
                partition by account_kind, account_token order by booked_at
                range between unbounded preceding and current row
            )
        ) as balance
    from signed
)

select * from final
