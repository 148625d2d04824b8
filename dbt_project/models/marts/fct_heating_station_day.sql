-- One row per registered heat-exchange station and day: heard, lost, stopped and lukewarm hours. Silence is no accident
-- and no service either: it stands apart. Readings whose channels are all zero mean a lost link, not a cold pipe.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_station', at_once=15) }}

with version as (
    select
        *,
        'heating_station_reading' as feed
    from {{ ref('stg_heating_station_reading') }}
    where {{ days_at_work('measured_date', before=1) }}
    union all by name
    select
        * exclude (received_at, is_retained, is_duplicate),
        'heating_station_message' as feed
    from {{ ref('stg_heating_station_message') }}
    where {{ days_at_work('measured_date', before=1) }}
),

current_version as (
    select
        *,
        coalesce(supply_primary_c, 0) = 0 and coalesce(return_primary_c, 0) = 0 and coalesce(supply_secondary_c, 0) = 0
        and coalesce(return_secondary_c, 0) = 0 and coalesce(supply_pressure_mpa, 0) = 0
        and coalesce(return_pressure_mpa, 0) = 0 and coalesce(flow_t_per_h, 0) = 0 and coalesce(heat_gj, 0) = 0
        and coalesce(
            supply_primary_c, return_primary_c, supply_secondary_c, return_secondary_c, supply_pressure_mpa,
            return_pressure_mpa, flow_t_per_h, heat_gj
        ) is not null as is_lost
    from version
    qualify
        lead(measured_at) over (
            partition by measured_date, station_id
            order by measured_at, recorded_at, feed, batch_seq, row_no
        ) is distinct from measured_at
),

stepped as (
    select
        reading.*,
        reading.return_secondary_c < day.low_return_c
        and reading.return_secondary_c >= day.reading_min_c
        and reading.pump_state = 'on' as is_low,
        reading.pump_state = 'off'
        and coalesce(lag(reading.pump_state) over station, 'on') <> 'off' as is_stop
    from current_version as reading
    inner join {{ ref('int_heating_day') }} as day on reading.measured_date = day.date_day
    where not reading.is_lost
    window station as (partition by reading.station_id order by reading.measured_at)
),

-- An hour stood still when nothing in it shows the pump running or under repair, and something shows it off.
hour_of_station as (
    select
        station_id,
        measured_date,
        hour(measured_at) as hour_no,
        max(measured_at) as last_at,
        bool_and(pump_state = 'off') as is_stopped,
        bool_and(pump_state = 'maintenance') as is_maintained,
        bool_and(coalesce(is_low, false)) as is_low,
        count(*) filter (where is_stop) as stop_count
    from stepped
    group by station_id, measured_date, hour(measured_at)
),

lost_hour as (
    select
        station_id,
        measured_date,
        count(distinct hour(measured_at)) as lost_hour_count,
        max(measured_at) as last_at
    from current_version
    where
        is_lost
        and (station_id, measured_date, hour(measured_at)) not in (
            select (heard.station_id, heard.measured_date, heard.hour_no)
            from hour_of_station as heard
        )
    group by station_id, measured_date
),

heard as (
    select
        station_id,
        measured_date,
        max(last_at) as last_at,
        count(*) as heard_hour_count,
        count(*) filter (where is_stopped) as stopped_hour_count,
        count(*) filter (where is_maintained) as maintained_hour_count,
        count(*) filter (where is_low) as low_return_hour_count,
        sum(stop_count) as stop_count
    from hour_of_station
    group by station_id, measured_date
),

due as (
    select
        station.*,
        day.date_day as measured_date
    from {{ ref('dim_heating_station') }} as station
    inner join {{ ref('int_heating_day') }} as day
        on
            station.valid_from <= day.date_day
            and coalesce(station.valid_to, date '9999-12-31') >= day.date_day
    where
        {{ days_at_work('day.date_day') }}
        and day.heating_season is not null
        and station.is_in_use
        and day.date_day in (select distinct known_day.measured_date from version as known_day)
),

final as (
    select
        due.station_id,
        due.measured_date,
        due.enterprise_name,
        due.street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        cast(due.heated_area_m2 as decimal(12, 2)) as heated_area_m2,
        due.heated_households,
        greatest(heard.last_at, lost_hour.last_at) as last_measured_at,
        coalesce(heard.heard_hour_count, 0) as heard_hour_count,
        coalesce(lost_hour.lost_hour_count, 0) as lost_hour_count,
        coalesce(heard.stopped_hour_count, 0) as stopped_hour_count,
        coalesce(heard.maintained_hour_count, 0) as maintained_hour_count,
        coalesce(heard.low_return_hour_count, 0) as low_return_hour_count,
        cast(coalesce(heard.stop_count, 0) as bigint) as stop_count
    from due
    left join heard on due.station_id = heard.station_id and due.measured_date = heard.measured_date
    left join lost_hour on due.station_id = lost_hour.station_id and due.measured_date = lost_hour.measured_date
    left join {{ ref('dim_area') }} as area on due.street_code = area.area_code
)

select * from final
