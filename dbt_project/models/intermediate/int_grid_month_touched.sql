-- One row per grid and month in which an event is new, changed, or no longer where it was: those are judged anew.
-- An event can repeat one of the month before, so the month in which its window ends is touched too.
{%- set judged = left_by_last_build('intermediate', 'int_grid_event_flagged') %}

with reach as (
    select max(cast(ceil(value / 24) as int)) as near_duplicate_days
    from {{ ref('grid_policy') }}
    where policy = 'near_duplicate_hours'
),

place as (
    select
        coalesce(place.resolved_grid_code, place.grid_code) as grid_code,
        place.reported_date
    from {{ ref('int_grid_event_place') }} as place
    where place.event_no in (select anew.event_no from {{ ref('int_grid_event_unplaced') }} as anew)
    {%- if judged %}
    union all
    select
        before.grid_code,
        cast(before.reported_at as date) as reported_date
    from {{ judged }} as before
    where before.event_no in (select anew.event_no from {{ ref('int_grid_event_unplaced') }} as anew)
    {%- endif %}
),

final as (
    select distinct
        place.grid_code,
        cast(date_trunc(
            'month', unnest([place.reported_date, place.reported_date + reach.near_duplicate_days])
        ) as date) as month_start
    from place
    cross join reach
)

select * from final
