-- One row per KPI of stations and supervision, street, day and exclusion reason: what they add to each figure.
with station_day as (
    select
        station.*,
        dim_feed.feed,
        dim_feed.as_of
    from {{ ref('fct_heating_station_day') }} as station
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'heating_station_reading'
),

station_month as (
    select
        feed,
        station_id,
        date_trunc('month', measured_date) as month_start,
        arg_max(street_code, measured_date) as street_code,
        arg_max(district_code, measured_date) as district_code,
        arg_max(region_code, measured_date) as region_code,
        bool_or(heard_hour_count > 0) as is_connected
    from station_day
    group by feed, station_id, date_trunc('month', measured_date)
),

action as (
    select
        action.*,
        dim_feed.feed,
        dim_feed.as_of
    from {{ ref('fct_heating_action') }} as action
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'heating_action' and action.mechanism = 'onsite'
),

-- Hours heard, weighed by the heated area: a silent station proves neither service nor accident.
accident as (
    select
        'heating.operation_accident_rate' as kpi_code,
        feed,
        street_code,
        district_code,
        region_code,
        measured_date as period_date,
        true as in_day,
        true as in_month,
        cast(null as varchar) as excluded_reason,
        count(*) filter (where heard_hour_count > 0) as received_count,
        count(*) filter (where heard_hour_count > 0) as counted_count,
        cast(0 as bigint) as excluded_count,
        cast(0 as bigint) as immature_count,
        cast(0 as bigint) as open_not_due_count,
        cast(0 as bigint) as provisional_count,
        cast(sum(stopped_hour_count * heated_area_m2) as decimal(18, 4)) as numerator,
        cast(sum(heard_hour_count * heated_area_m2) as decimal(18, 4)) as denominator
    from station_day
    group by all
),

final as (
    {{ contribution(
        'action', "'heating.same_day_check_rate'", day='triggered_date',
        reason="case when is_waived then 'X06' when has_time_flaw then 'X10' end",
        immature='done_at is null and due_at > as_of', hit='cast(is_in_time as int)'
    ) }}
    union all by name
    {{ contribution(
        'station_day', "'heating.station_connected_rate'", day='measured_date',
        hit='cast(heard_hour_count > 0 as int)', in_month='false'
    ) }}
    union all by name
    {{ contribution(
        'station_month', "'heating.station_connected_rate'", day='month_start',
        hit='cast(is_connected as int)', in_day='false'
    ) }}
    union all by name
    select * from accident
    where received_count > 0
)

select * from final
