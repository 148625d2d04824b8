{# CTEs that end with `reading`: one row per reading of a room point, from files and messages, with what the register
   knows of the point on that day, the standard of the room, and why the reading may not be used - but for standing still,
   which takes the days around. `only` limits it to the points and days of another relation before anything is sorted. #}
{% macro heating_reading(only=none) -%}
    file_reading as (
        select
            room.*,
            'heating_room_temperature' as feed
        from {{ ref('stg_heating_room_temperature') }} as room
        {{- _heating_wanted(only) }}
    ),

    message as (
        select
            room.point_id,
            room.measured_at,
            room.measured_date,
            room.temperature_c,
            room.received_at,
            date_sub('millisecond', room.received_at, room.measured_at) as clock_ahead_ms,
            room.temperature_c = 0
            and coalesce(room.humidity, 0) = 0 and coalesce(room.battery, 0) = 0 and coalesce(room.rssi, 0) = 0
            and coalesce(room.humidity, room.battery, room.rssi) is not null as is_link_lost,
            room.recorded_at,
            room.batch_seq,
            room.row_no,
            'heating_room_message' as feed
        from {{ ref('stg_heating_room_message') }} as room
        {{- _heating_wanted(only) }}
    ),

    -- A clock that stands still names one moment again and again while time goes on.
    same_moment as (
        select
            point_id,
            measured_at,
            date_sub('millisecond', min(received_at), max(received_at)) as received_span_ms
        from message
        group by point_id, measured_at
        having count(*) > 1
    ),

    version as (
        select * from file_reading
        union all by name
        select * exclude (received_at) from message
    ),

    -- Cut by day, so that a filter on days reaches the files.
    current_reading as (
        select *
        from version
        qualify
            lead(measured_at) over (
                partition by measured_date, point_id
                order by measured_at, recorded_at, feed, batch_seq, row_no
            ) is distinct from measured_at
    ),

    -- What a reading says of its point goes before the register.
    described as (
        select
            version.point_id,
            version.measured_at,
            version.measured_date,
            version.temperature_c,
            version.feed,
            version.clock_ahead_ms,
            coalesce(version.is_link_lost, false) as is_link_lost,
            coalesce(version.room_type, point.room_type) as room_type,
            coalesce(version.customer_status, point.customer_status) as customer_status,
            coalesce(version.enterprise_name, point.enterprise_name) as enterprise_name,
            coalesce(version.street_code, point.street_code) as street_code,
            point.gateway_id,
            point.dwelling_code,
            point.calibrated_until,
            coalesce(point.is_in_use, version.room_type is not null) as is_known,
            point.point_id is not null as is_registered
        from current_reading as version
        left join {{ ref('dim_heating_point') }} as point
            on
                version.point_id = point.point_id
                and version.measured_date >= point.valid_from
                and version.measured_date <= coalesce(point.valid_to, date '9999-12-31')
    ),

    reading as (
        select
            described.point_id,
            described.measured_at,
            described.measured_date,
            described.temperature_c,
            described.room_type,
            described.customer_status,
            described.enterprise_name,
            described.street_code,
            described.gateway_id,
            described.dwelling_code,
            described.is_registered,
            rule.threshold_c,
            rule.threshold_c - day.tolerance_c as tolerant_c,
            case
                when day.heating_season is null then 'X15'
                when not described.is_known then 'X18'
                when described.customer_status <> 'on' then 'X06'
                when described.measured_date > described.calibrated_until then 'X22'
                when sentinel.value_c is not null then 'X19'
                when described.is_link_lost then 'X20'
                when
                    described.clock_ahead_ms > day.clock_minutes * 60000
                    or described.feed = 'heating_room_message'
                    and same_moment.received_span_ms > day.frozen_clock_minutes * 60000
                    then 'X21'
                when described.temperature_c < day.reading_min_c or described.temperature_c > day.reading_max_c then 'X13'
            end as excluded_reason
        from described
        inner join {{ ref('int_heating_day') }} as day on described.measured_date = day.date_day
        left join {{ ref('heating_rule') }} as rule
            on
                described.room_type = rule.room_type
                and described.measured_date >= rule.valid_from
                and described.measured_date <= coalesce(rule.valid_to, date '9999-12-31')
        left join {{ ref('heating_sentinel') }} as sentinel on described.temperature_c = sentinel.value_c
        left join same_moment
            on described.point_id = same_moment.point_id and described.measured_at = same_moment.measured_at
    )
{%- endmacro %}

{% macro _heating_wanted(only) %}
        {%- if only %}
        semi join {{ only }} as wanted on room.point_id = wanted.point_id and room.measured_date = wanted.measured_date
        where {{ days_at_work('room.measured_date') }}
        {%- endif %}
{%- endmacro %}
