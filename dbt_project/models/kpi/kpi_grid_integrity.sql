-- One row per street, day and exclusion reason: how many reports carry no flag (docs/grid-method.md, 3).
{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ take_out_counted_periods() }}"
) }}

-- depends_on: {{ ref('int_grid_month_counted') }}
with fact as (
    select
        flagged.*,
        dim_feed.feed,
        dim_feed.as_of,
        to_minutes(cast(policy.instant_close_minutes as bigint)) as instant_close_wait
    from {{ ref('int_grid_event_flagged') }} as flagged
    inner join {{ ref('int_grid_policy_month') }} as policy on flagged.month_start = policy.month_start
    cross join {{ ref('dim_feed') }} as dim_feed
    where
        dim_feed.feed = 'grid_event'
        {%- if is_incremental() %}
        and {{ in_counted_month('flagged.month_start') }}
        {%- endif %}
),

final as (
    {# What was reported minutes ago can still be closed at once: it waits. #}
    {{ contribution(
        'fact', "'grid.report_integrity_rate'", day='reported_at', hit='cast(not is_flagged as int)',
        immature='not is_flagged and reported_at + instant_close_wait > as_of'
    ) }}
)

select * from final
