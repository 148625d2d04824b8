-- One row per grid and month in which an event is new, changed, or no longer where it was: those are judged anew.
-- An event can repeat one of the month before, so the month in which its window ends is touched too.
{%- set judged = left_by_last_build('intermediate', 'int_grid_event_flagged') %}

with reach as (
    select max(to_hours(cast(value as bigint))) as near_duplicate_wait
    from {{ ref('grid_policy') }}
    where policy = 'near_duplicate_hours'
),

place as (
    select
        seen.grid_code,
        seen.reported_at
    from {{ ref('int_grid_event_seen') }} as seen
    {%- if judged %}
    where seen.event_no in (select changed.event_no from {{ ref('int_grid_event_changed') }} as changed)
    union all
    select
        before.grid_code,
        before.reported_at
    from {{ judged }} as before
    where before.event_no in (select changed.event_no from {{ ref('int_grid_event_changed') }} as changed)
    {%- endif %}
),

final as (
    select distinct
        place.grid_code,
        cast(date_trunc('month', unnest([place.reported_at, place.reported_at + reach.near_duplicate_wait])) as date)
            as month_start
    from place
    cross join reach
)

select * from final
