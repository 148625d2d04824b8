{# Readings of one relation to one row per point and day: its hours by what they are worth, exact in hundredths.
   Here readings turn into aggregates. An hour complies when the mean of its valid readings is not below the standard,
   compared without dividing: 17.96 is not 18.0. #}
{% macro heating_point_day(readings) -%}
    {%- set reasons = heating_reasons() -%}
    {%- set is_counted = 'excluded_reason is null and threshold_c is not null' -%}
    hour_of_point as (
        select
            point_id,
            measured_date,
            hour(measured_at) as hour_no,
            min(measured_at) as first_at,
            max(measured_at) as last_at,
            -- Where readings first and last change within the day: the ends of its first and last run of equal values.
            min(before_at) filter (where temperature_c <> before_c) as first_change_from,
            max(measured_at) filter (where temperature_c <> before_c) as last_change_at,
            arg_min(temperature_c, measured_at) as first_c,
            arg_max(temperature_c, measured_at) as last_c,
            max(street_code) as street_code,
            max(enterprise_name) as enterprise_name,
            max(gateway_id) as gateway_id,
            max(dwelling_code) as dwelling_code,
            max(room_type) as room_type,
            max(threshold_c) as threshold_c,
            max(tolerant_c) as tolerant_c,
            bool_or(customer_status = 'on') as is_on,
            arg_max(customer_status = 'on', measured_at) as is_on_last,
            bool_or(is_registered) as is_registered,
            min(excluded_reason) as excluded_reason,
            count(*) as reading_count,
            count(*) filter (where excluded_reason is null) as valid_count,
            count(*) filter (where {{ is_counted }}) as counted_count,
            count(*) filter (where {{ is_counted }} and temperature_c >= threshold_c) as compliant_count,
            count(*) filter (where {{ is_counted }} and temperature_c >= tolerant_c) as tolerant_count,
            coalesce(sum(cast(temperature_c * 100 as bigint)) filter (where excluded_reason is null), 0) as valid_sum,
            min(temperature_c) filter (where excluded_reason is null) as min_c
        from {{ readings }}
        group by point_id, measured_date, hour(measured_at)
    ),

    judged_hour as (
        select
            * exclude (excluded_reason),
            cast(threshold_c * 100 as bigint) * valid_count - valid_sum as lack_sum,
            valid_sum >= cast(tolerant_c * 100 as bigint) * valid_count as is_tolerant,
            case
                when valid_count = 0 then excluded_reason
                when threshold_c is null then 'X06'
            end as excluded_reason
        from hour_of_point
    ),

    point_day as (
        select
            point_id,
            measured_date,
            min(first_at) as first_at,
            max(last_at) as last_at,
            arg_min(first_c, first_at) as first_c,
            arg_max(last_c, last_at) as last_c,
            coalesce(min(first_change_from), max(last_at)) as first_run_until,
            coalesce(max(last_change_at), min(first_at)) as last_run_since,
            arg_max(street_code, hour_no) as street_code,
            arg_max(enterprise_name, hour_no) as enterprise_name,
            arg_max(gateway_id, hour_no) as gateway_id,
            arg_max(dwelling_code, hour_no) as dwelling_code,
            arg_max(room_type, hour_no) as room_type,
            arg_max(threshold_c, hour_no) as threshold_c,
            arg_max(tolerant_c, hour_no) as tolerant_c,
            bool_or(is_on) as is_on,
            arg_max(is_on_last, hour_no) as is_on_last,
            bool_or(is_registered) as is_registered,
            cast(bit_or(1 << hour_no) as integer) as seen_hours,
            cast(sum(reading_count) as bigint) as reading_count,
            cast(sum(valid_count) as bigint) as valid_reading_count,
            cast(sum(counted_count) as bigint) as counted_reading_count,
            cast(sum(compliant_count) as bigint) as compliant_reading_count,
            cast(sum(tolerant_count) as bigint) as tolerant_reading_count,
            cast(sum(valid_sum) as bigint) as valid_sum,
            min(min_c) as min_c,
            count(*) as hour_count,
            count(*) filter (where valid_count > 0) as valid_hour_count,
            count(*) filter (where excluded_reason is null) as counted_hour_count,
            count(*) filter (where excluded_reason is null and lack_sum <= 0) as compliant_hour_count,
            count(*) filter (where excluded_reason is null and is_tolerant) as tolerant_hour_count,
            -- Degree-hours below the standard in ten-thousandths, each hour rounded half up.
            coalesce(cast(sum((lack_sum * 200 + valid_count) // (valid_count * 2)) filter (
                where excluded_reason is null and lack_sum > 0
            ) as bigint), 0) as shortfall
            {%- for reason in reasons %},
            count(*) filter (where excluded_reason = '{{ reason }}') as {{ reason | lower }}_hour_count
            {%- endfor %}
        from judged_hour
        group by point_id, measured_date
    )
{%- endmacro %}

{# Why an hour of a point may be left out. #}
{% macro heating_reasons() -%}
    {{ return(['X06', 'X13', 'X14', 'X15', 'X18', 'X19', 'X20', 'X21', 'X22']) }}
{%- endmacro %}
