-- One row per grid event: whether it looks made to fill a quota. A flag is a question, no verdict
-- (docs/grid-method.md, 3).
-- Whole months of a grid are judged anew when one of their events is new or changed.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out_touched_grid_months() }}"
) }}

with counted as (
    select
        *,
        count(*) over grid_month as month_event_count,
        count(*) filter (where is_in_month_end) over grid_month as month_end_event_count
    from {{ ref('int_grid_event_asked') }}
    where is_touched
    window grid_month as (partition by grid_code, month_start)
),

final as (
    select
        counted.event_no,
        counted.grid_code,
        counted.month_start,
        counted.reported_at,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        repetition.repeats_event_no,
        repetition.repeats_event_no is not null as is_near_duplicate,
        -- Within minutes, and by the one who reported it; what was closed before its report is an error of a clock.
        coalesce(
            counted.is_self_handled and counted.closed_at >= counted.reported_at
            and counted.closed_at < counted.reported_at + counted.instant_close_wait, false
        ) as is_instant_close,
        -- More of the last days can only raise their share, so a running month flags nothing that it takes back.
        coalesce(
            counted.is_in_month_end and counted.month_event_count >= counted.month_end_min_events
            and counted.month_end_event_count >= counted.month_event_count * counted.month_end_share, false
        ) as is_month_end_rush,
        is_near_duplicate or is_instant_close or is_month_end_rush as is_flagged
    from counted
    left join {{ ref('int_grid_event_repeat') }} as repetition on counted.event_no = repetition.event_no
    left join {{ ref('dim_area') }} as area on counted.street_code = area.area_code
)

select * from final
