-- One row per KPI of the data themselves, day and exclusion reason: what each feed adds to it. They have no place.
{%- set without_place = [
    'hotline_call', 'heating_room_temperature', 'heating_station_reading', 'safety_public_security_month',
    'capacity_training', 'capacity_activity', 'delivery'
] | join("', '") %}

with due as (
    select
        due.*,
        dim_feed.feed as of_feed
    from {{ ref('fct_feed_due') }} as due
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'delivery'
),

punctual as (
    select
        * exclude (feed, of_feed),
        of_feed as feed,
        cast(null as varchar) as street_code,
        cast(null as varchar) as district_code,
        cast(null as varchar) as region_code
    from due
),

-- A grid event needs its grid besides: one that is known, or has one successor, or shows its point, or its lineage.
without_grid as (
    select
        cast(date_trunc('month', reported_at) as date) as month_start,
        count(*) as event_count
    from {{ ref('fct_grid_event') }}
    where grid_resolution = 'none' and area_resolution <> 'none'
    group by date_trunc('month', reported_at)
),

-- Cases and events alone: readings have the place of their point, registers and counts of calls have none to miss.
placed as (
    select
        'quality.area_resolution_rate' as kpi_code,
        'delivery' as feed,
        cast(null as varchar) as street_code,
        cast(null as varchar) as district_code,
        cast(null as varchar) as region_code,
        month.month_start as period_date,
        false as in_day,
        true as in_month,
        cast(null as varchar) as excluded_reason,
        cast(sum(month.row_count) as bigint) as received_count,
        cast(sum(month.row_count) as bigint) as counted_count,
        cast(0 as bigint) as excluded_count,
        cast(0 as bigint) as immature_count,
        cast(0 as bigint) as open_not_due_count,
        cast(0 as bigint) as provisional_count,
        cast(
            sum(month.row_count - month.unplaced_count) - coalesce(any_value(without_grid.event_count), 0)
            as decimal(18, 4)
        ) as numerator,
        cast(sum(month.row_count) as decimal(18, 4)) as denominator
    from {{ ref('fct_feed_month') }} as month
    inner join {{ ref('dim_feed') }} as dim_feed on month.feed = dim_feed.feed
    left join without_grid on month.month_start = without_grid.month_start
    where
        not dim_feed.is_register
        and month.feed not in ('{{ without_place }}')
        and month.row_count > 0
    group by month.month_start
),

final as (
    {{ contribution(
        'punctual', "'quality.feed_on_time_rate'", day='period_end', immature='is_not_yet_due',
        hit='if(is_on_time, kept_share, 0)'
    ) }}
    union all by name
    select * from placed
)

select * from final
