-- One row per place of constant geography and month: its grid events, whatever its community was called then.
-- A place is what split, merged or was renamed over the years: a split breaks no series. A silent month counts 0.

with place as (
    select
        month_start,
        lineage_code,
        count(*) as community_count,
        cast(sum(households) as bigint) as households,
        -- Where a place lies in two streets, the smaller code stands for it.
        min(street_code) as street_code
    from {{ ref('int_community_month') }}
    group by month_start, lineage_code
),

event as (
    select
        lineage.lineage_code,
        cast(date_trunc('month', event.reported_at) as date) as month_start,
        count(*) as event_count,
        count(*) filter (where event.closed_at is not null) as closed_count,
        count(*) filter (where event.is_self_handled) as self_handled_count,
        count(*) filter (where event.due_at is not null and event.status <> 'rejected') as with_deadline_count,
        count(*) filter (where event.status <> 'rejected' and event.handled_at <= event.due_at) as on_time_count
    from {{ ref('fct_grid_event') }} as event
    inner join {{ ref('int_community_lineage') }} as lineage on event.community_code = lineage.community_code
    group by all
),

final as (
    select
        place.lineage_code,
        place.month_start,
        place.street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        place.community_count,
        place.households,
        coalesce(event.event_count, 0) as event_count,
        coalesce(event.closed_count, 0) as closed_count,
        coalesce(event.self_handled_count, 0) as self_handled_count,
        coalesce(event.with_deadline_count, 0) as with_deadline_count,
        coalesce(event.on_time_count, 0) as on_time_count
    from place
    left join event on place.lineage_code = event.lineage_code and place.month_start = event.month_start
    left join {{ ref('dim_area') }} as area on place.street_code = area.area_code
)

select * from final
