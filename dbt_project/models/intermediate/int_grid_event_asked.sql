-- One row per event of a touched grid and month, or reported just before it: what is asked for repetitions, with the
-- rules of its month.
with final as (
    select
        event.*,
        to_minutes(cast(policy.instant_close_minutes as bigint)) as instant_close_wait,
        to_hours(cast(policy.near_duplicate_hours as bigint)) as near_duplicate_wait,
        cast(policy.near_duplicate_metres as double) as near_duplicate_metres,
        cast(event.reported_at as date) > last_day(event.reported_at) - cast(policy.month_end_days as int)
            as is_in_month_end,
        policy.month_end_share,
        policy.month_end_min_events,
        touched.grid_code is not null as is_touched
    from {{ ref('int_grid_event_seen') }} as event
    inner join {{ ref('int_grid_policy_month') }} as policy on event.month_start = policy.month_start
    left join {{ ref('int_grid_month_touched') }} as touched
        on event.grid_code = touched.grid_code and event.month_start = touched.month_start
    where
        touched.grid_code is not null
        -- What was reported just before a touched month can be what its first events repeat.
        or (event.grid_code, cast(date_trunc('month', event.reported_at + near_duplicate_wait) as date)) in (
            select (later.grid_code, later.month_start) from {{ ref('int_grid_month_touched') }} as later
        )
)

select * from final
