-- One row per room point and day: its hours by what they are worth. Here readings turn into aggregates.
with hour_of_point as (
    select
        point_id,
        date_trunc('hour', measured_at) as measured_hour,
        max(measured_at) as last_measured_at,
        arg_max(area_code, measured_at) as area_code,
        arg_max(room_type, measured_at) as room_type,
        bool_or(customer_status = 'on') as is_on,
        count(*) filter (where excluded_reason is null) as valid_count,
        sum(temperature_c) filter (where excluded_reason is null) as valid_sum_c,
        min(excluded_reason) as excluded_reason
    from {{ ref('int_heating_reading_judged') }}
    group by point_id, date_trunc('hour', measured_at)
),

ruled as (
    select
        hour_of_point.* exclude (excluded_reason),
        cast(hour_of_point.measured_hour as date) as measured_date,
        -- The hour's mean against the threshold, without dividing: 17.96 is not 18.0.
        hour_of_point.valid_sum_c >= rule.threshold_c * hour_of_point.valid_count as is_compliant,
        case
            when hour_of_point.valid_count = 0 then hour_of_point.excluded_reason
            when rule.threshold_c is null then 'X06'
        end as excluded_reason
    from hour_of_point
    left join {{ ref('heating_rule') }} as rule
        on
            hour_of_point.room_type = rule.room_type
            and cast(hour_of_point.measured_hour as date) >= rule.valid_from
            and cast(hour_of_point.measured_hour as date) <= coalesce(rule.valid_to, date '9999-12-31')
),

final as (
    select
        point_id,
        measured_date,
        arg_max(area_code, measured_hour) as area_code,
        bool_or(is_on) as is_on,
        arg_max(is_on, measured_hour) as is_on_last,
        max(last_measured_at) as last_measured_at,
        count(*) as hour_count,
        count(*) filter (where valid_count > 0) as valid_hour_count,
        count(*) filter (where excluded_reason is null) as counted_hour_count,
        count(*) filter (where excluded_reason is null and is_compliant) as compliant_hour_count,
        count(*) filter (where excluded_reason = 'X06') as x06_hour_count,
        count(*) filter (where excluded_reason = 'X13') as x13_hour_count,
        count(*) filter (where excluded_reason = 'X14') as x14_hour_count,
        count(*) filter (where excluded_reason = 'X15') as x15_hour_count
    from ruled
    group by point_id, measured_date
)

select * from final
