-- One row per month and area: how far the reports of its grids look made to fill a quota. Signs, no verdicts, and no
-- single grid: it is mostly one worker, so grids stay in the warehouse (docs/grid-method.md, 3).
{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ take_out(in_counted_month()) }}"
) }}
{%- set levels = ['district', 'region', 'street'] %}
{%- set rules = ['month_start', 'integrity_min_events', 'quota_spike_ratio', 'quota_min_grids', 'quota_events'] %}

-- depends_on: {{ ref('int_grid_month_counted') }}
with feed as (
    select
        first_date,
        cast(as_of as date) as last_date
    from {{ ref('dim_feed') }}
    where feed = 'grid_event'
),

-- Silence and quotas can be told only of a month that the events cover whole, and of a grid that stood all along.
standing as (
    select
        in_force.*,
        in_force.grid_kind = 'general' and in_force.is_whole_month and in_force.month_start >= feed.first_date
        and last_day(in_force.month_start) <= feed.last_date as is_judged
    from {{ ref('int_grid_in_force') }} as in_force
    cross join feed
),

grid as (
    select
        coalesce(standing.month_start, reported.month_start) as month_start,
        coalesce(standing.street_code, reported.street_code) as street_code,
        coalesce(standing.district_code, reported.district_code) as district_code,
        coalesce(standing.region_code, reported.region_code) as region_code,
        coalesce(standing.is_judged, false) as is_judged,
        coalesce(reported.event_count, 0) as event_count,
        coalesce(reported.near_duplicate_count, 0) as near_duplicate_count,
        coalesce(reported.instant_close_count, 0) as instant_close_count,
        coalesce(reported.month_end_rush_count, 0) as month_end_rush_count,
        coalesce(reported.flagged_count, 0) as flagged_count
    from standing
    full join {{ ref('int_grid_month') }} as reported
        on standing.month_start = reported.month_start and standing.grid_code = reported.grid_code
    {%- if is_incremental() %}
    where {{ in_counted_month('coalesce(standing.month_start, reported.month_start)') }}
    {%- endif %}
),

ruled as (
    select
        grid.*,
        policy.integrity_min_events,
        policy.quota_events,
        policy.quota_spike_ratio,
        policy.quota_min_grids
    from grid
    inner join {{ ref('int_grid_policy_month') }} as policy on grid.month_start = policy.month_start
),

summed as (
    select
        month_start,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        integrity_min_events,
        quota_spike_ratio,
        quota_min_grids,
        cast(quota_events as bigint) as quota_events,
        cast(sum(event_count) as bigint) as event_count,
        cast(sum(near_duplicate_count) as bigint) as near_duplicate_count,
        cast(sum(instant_close_count) as bigint) as instant_close_count,
        cast(sum(month_end_rush_count) as bigint) as month_end_rush_count,
        cast(sum(flagged_count) as bigint) as flagged_count,
        count(*) filter (where is_judged) as judged_grid_count,
        count(*) filter (where is_judged and event_count = 0) as zero_report_grid_count,
        count(*) filter (where is_judged and event_count = quota_events - 1) as below_quota_grid_count,
        count(*) filter (where is_judged and event_count = quota_events) as at_quota_grid_count,
        count(*) filter (where is_judged and event_count = quota_events + 1) as above_quota_grid_count
    from ruled
    group by {{ by_area_levels(rules, levels) }}
    having {{ known_area(levels) }}
),

final as (
    select
        * exclude (integrity_min_events, quota_spike_ratio, quota_min_grids),
        case
            when event_count >= integrity_min_events
                then {{ safe_ratio('event_count - flagged_count', 'event_count') }}
        end as integrity_rate,
        {{ safe_ratio('zero_report_grid_count', 'judged_grid_count') }} as zero_report_share,
        -- A heap stands out from both of its neighbours; one grid with exactly ten events says nothing.
        at_quota_grid_count >= quota_min_grids
        and at_quota_grid_count
        >= quota_spike_ratio * greatest(below_quota_grid_count, above_quota_grid_count, 1) as is_quota_heaped
    from summed
    where event_count > 0 or judged_grid_count > 0
)

select * from final
