-- One row per month, area, kind of account and reason: points credited and debited, as booked. No street, no pool, and
-- no points of fewer than five accounts: behind those stands a person (docs/grid-method.md, 4).
{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ take_out(since_counted_month()) }}"
) }}
{%- set levels = ['district', 'region'] %}

-- depends_on: {{ ref('int_grid_month_counted') }}
with line as (
    select
        points_line.*,
        coalesce(flagged.is_flagged, false) as is_for_flagged_event
    from {{ ref('int_points_line') }} as points_line
    left join (
        select
            event_no,
            is_flagged
        from {{ ref('int_grid_event_flagged') }}
        where is_flagged
    ) as flagged on points_line.event_no = flagged.event_no
    where
        points_line.account_kind <> 'pool'
        {%- if is_incremental() %}
        and {{ since_counted_month() }}
        {%- endif %}
),

summed as (
    select
        month_start,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        account_kind,
        reason,
        count(distinct entry_no) as entry_count,
        count(distinct account_token) as account_count,
        coalesce(sum(points) filter (where side = 'credit'), 0) as credit_points,
        coalesce(sum(points) filter (where side = 'debit'), 0) as debit_points,
        -- A guard against gaming: what was paid for reports that carry a flag.
        coalesce(sum(points) filter (where side = 'credit' and is_for_flagged_event), 0) as flagged_event_points
    from line
    group by {{ by_area_levels(['month_start', 'account_kind', 'reason'], levels) }}
    having {{ known_area(levels) }}
),

final as (
    select
        summed.month_start,
        summed.area_level,
        summed.area_code,
        summed.account_kind,
        summed.reason,
        summed.entry_count,
        summed.account_count,
        summed.account_count < policy.points_min_accounts as is_hidden,
        cast(if(is_hidden, null, summed.credit_points) as decimal(18, 2)) as credit_points,
        cast(if(is_hidden, null, summed.debit_points) as decimal(18, 2)) as debit_points,
        cast(if(is_hidden, null, summed.flagged_event_points) as decimal(18, 2)) as flagged_event_points
    from summed
    inner join {{ ref('int_grid_policy_month') }} as policy on summed.month_start = policy.month_start
)

select * from final
