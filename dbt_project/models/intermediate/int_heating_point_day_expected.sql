-- One row per room point and day of the season on which 24 hours were due: a silent point is missing, not absent.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_in_room_month', at_once=31) }}

with day_with_data as (
    select distinct measured.measured_date
    from {{ ref('int_heating_point_day') }} as measured
    inner join {{ ref('int_heating_day') }} as day on measured.measured_date = day.date_day
    where {{ days_at_work('measured.measured_date') }} and day.heating_season is not null
),

registered as (
    select
        point.point_id,
        day_with_data.measured_date,
        point.street_code,
        point.enterprise_name,
        point.gateway_id,
        point.is_in_use,
        point.customer_status = 'on' as is_due
    from day_with_data
    inner join {{ ref('dim_heating_point') }} as point
        on
            day_with_data.measured_date >= point.valid_from
            and day_with_data.measured_date <= coalesce(point.valid_to, date '9999-12-31')
),

-- What is in no register yet is expected while it appears, by months, and as the month left it: on or suspended.
seen as (
    select
        point_id,
        date_trunc('month', measured_date) as month_start,
        arg_max(street_code, measured_date) as street_code,
        arg_max(enterprise_name, measured_date) as enterprise_name,
        cast(null as varchar) as gateway_id,
        true as is_in_use,
        arg_max(is_on_last, measured_date) as is_due
    from {{ ref('int_heating_point_day') }}
    where
        {{ days_at_work('measured_date', before=31, after=31) }}
        and room_type is not null and not is_registered
    group by point_id, date_trunc('month', measured_date)
),

due as (
    select * from registered
    union all by name
    select
        seen.* exclude (month_start),
        day_with_data.measured_date
    from seen
    inner join day_with_data on seen.month_start = date_trunc('month', day_with_data.measured_date)
    anti join registered
        on seen.point_id = registered.point_id and day_with_data.measured_date = registered.measured_date
),

final as (
    select
        due.point_id,
        due.measured_date,
        coalesce(measured.street_code, due.street_code) as street_code,
        coalesce(measured.enterprise_name, due.enterprise_name) as enterprise_name,
        coalesce(measured.gateway_id, due.gateway_id) as gateway_id,
        coalesce(measured.seen_hours, 0) as seen_hours
    from due
    left join {{ ref('int_heating_point_day') }} as measured
        on
            due.point_id = measured.point_id
            and due.measured_date = measured.measured_date
            and {{ days_at_work('measured.measured_date') }}
    -- A point that was taken down is not due, whatever it goes on saying.
    where due.is_in_use and coalesce(measured.is_on, due.is_due)
)

select * from final
