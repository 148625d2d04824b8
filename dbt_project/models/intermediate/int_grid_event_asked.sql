-- One row per event of a touched grid and month, or reported just before it: what is asked for repetitions, with the
-- rules of its month. The grid is the one in force on the day; a code that nobody knows stands for itself.
-- depends_on: {{ ref('int_grid_month_touched') }}
{%- set judged = left_by_last_build('intermediate', 'int_grid_event_flagged') %}

with place as (
    select
        event_no,
        coalesce(resolved_grid_code, grid_code) as grid_code,
        cast(date_trunc('month', reported_date) as date) as month_start,
        street_code,
        lon_cgcs2000,
        lat_cgcs2000,
        policy.* exclude (month_start),
        cast(
            date_trunc('month', reported_date + cast(ceil(policy.near_duplicate_hours / 24) as int)) as date
        ) as next_month_start
    from {{ ref('int_grid_event_place') }}
    inner join {{ ref('int_grid_policy_month') }} as policy
        on cast(date_trunc('month', reported_date) as date) = policy.month_start
),

asked as (
    {%- if not judged %}
    select
        *,
        true as is_touched
    from place
    {%- else %}
    select
        place.*,
        touched.grid_code is not null as is_touched
    from place
    left join {{ ref('int_grid_month_touched') }} as touched
        on place.grid_code = touched.grid_code and place.month_start = touched.month_start
    where
        touched.grid_code is not null
        -- What was reported just before a touched month can be what its first events repeat.
        or (place.grid_code, place.next_month_start) in (
            select (later.grid_code, later.month_start) from {{ ref('int_grid_month_touched') }} as later
        )
    {%- endif %}
),

final as (
    select
        asked.event_no,
        asked.grid_code,
        asked.month_start,
        asked.street_code,
        event.item_code,
        event.reported_at,
        event.closed_at,
        event.is_self_handled,
        event.photo_hash,
        asked.lon_cgcs2000,
        asked.lat_cgcs2000,
        to_minutes(cast(asked.instant_close_minutes as bigint)) as instant_close_wait,
        to_hours(cast(asked.near_duplicate_hours as bigint)) as near_duplicate_wait,
        cast(asked.near_duplicate_metres as double) as near_duplicate_metres,
        cast(event.reported_at as date) > last_day(event.reported_at) - cast(asked.month_end_days as int)
            as is_in_month_end,
        asked.month_end_share,
        asked.month_end_min_events,
        asked.is_touched
    from asked
    inner join {{ ref('stg_grid_event') }} as event on asked.event_no = event.event_no
)

select * from final
