-- One row per month: the parameters of the grid method as they stand on its first day. A change in a month waits for
-- the next one, so that a month is judged by one rule.
{%- set policies = [
    'quota_events', 'quota_spike_ratio', 'quota_min_grids', 'instant_close_minutes', 'near_duplicate_hours',
    'near_duplicate_metres', 'month_end_days', 'month_end_share', 'month_end_min_events', 'integrity_min_events',
    'oversize_households', 'points_min_accounts', 'small_base_events'
] %}

with final as (
    select
        {%- for policy in policies %}
        max(policy.value) filter (where policy.policy = '{{ policy }}') as {{ policy }},
        {%- endfor %}
        month_end.month_start
    from {{ ref('int_month_end') }} as month_end
    left join {{ ref('grid_policy') }} as policy
        on
            month_end.month_start >= policy.valid_from
            and month_end.month_start <= coalesce(policy.valid_to, date '9999-12-31')
    group by month_end.month_start
)

select * from final
