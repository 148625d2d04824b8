-- One row per room point and day with hours nobody heard of: how many, and for how many its whole gateway was silent.
-- A gateway with too few points proves nothing; on the last day of all, hours after its last reading have not passed.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_in_room_month', at_once=31) }}

with as_of as (
    select max(last_at) as last_at
    from {{ ref('int_heating_point_day') }}
),

expected as (
    select
        expected_day.*,
        if(
            expected_day.measured_date = cast(as_of.last_at as date),
            (1 << (hour(as_of.last_at) + 1)) - 1,
            (1 << 24) - 1
        ) as passed_hours
    from {{ ref('int_heating_point_day_expected') }} as expected_day
    cross join as_of
    where {{ days_at_work('expected_day.measured_date') }}
),

gateway as (
    select
        gateway_id,
        measured_date,
        bit_or(seen_hours) as heard_hours,
        count(*) as point_count
    from expected
    where gateway_id is not null
    group by gateway_id, measured_date
),

final as (
    select
        expected.point_id,
        expected.measured_date,
        expected.street_code,
        expected.enterprise_name,
        bit_count(expected.passed_hours & ~expected.seen_hours) as missing_hour_count,
        if(
            gateway.point_count >= day.gateway_min_points,
            bit_count(expected.passed_hours & ~gateway.heard_hours),
            0
        ) as gateway_hour_count
    from expected
    inner join {{ ref('int_heating_day') }} as day on expected.measured_date = day.date_day
    left join gateway
        on expected.gateway_id = gateway.gateway_id and expected.measured_date = gateway.measured_date
    where expected.passed_hours & ~expected.seen_hours <> 0
)

select * from final
