-- One row per street and day: point-hours measured, expected and left out. Street is NULL where it is unknown.
with hour_count as (
    select
        measured_date,
        area_code,
        last_measured_at,
        hour_count,
        valid_hour_count,
        counted_hour_count,
        compliant_hour_count,
        x06_hour_count,
        x13_hour_count,
        x14_hour_count,
        x15_hour_count
    from {{ ref('int_heating_point_day_measured') }}
    union all by name
    select
        measured_date,
        area_code,
        24 as expected_hour_count
    from {{ ref('int_heating_point_day_expected') }}
),

final as (
    select
        hour_count.measured_date,
        hour_count.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        max(hour_count.last_measured_at) as last_measured_at,
        cast(coalesce(sum(hour_count.hour_count), 0) as bigint) as hour_count,
        cast(coalesce(sum(hour_count.expected_hour_count), 0) as bigint) as expected_hour_count,
        cast(coalesce(sum(hour_count.valid_hour_count), 0) as bigint) as valid_hour_count,
        cast(coalesce(sum(hour_count.counted_hour_count), 0) as bigint) as counted_hour_count,
        cast(coalesce(sum(hour_count.compliant_hour_count), 0) as bigint) as compliant_hour_count,
        cast(coalesce(sum(hour_count.x06_hour_count), 0) as bigint) as x06_hour_count,
        cast(coalesce(sum(hour_count.x13_hour_count), 0) as bigint) as x13_hour_count,
        cast(coalesce(sum(hour_count.x14_hour_count), 0) as bigint) as x14_hour_count,
        cast(coalesce(sum(hour_count.x15_hour_count), 0) as bigint) as x15_hour_count
    from hour_count
    left join {{ ref('dim_area') }} as area on hour_count.area_code = area.area_code
    group by all
)

select * from final
