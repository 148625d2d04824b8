-- One row per day, street and heating company: what the room points measured, and what was due, missing or left out.
-- Shares by reading, hour, point-day and household-day stand side by side, for on the same readings they differ.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_in_room_month', at_once=31) }}
{%- set reasons = heating_reasons() %}
{%- set counts = [
    'point_day_count', 'reading_count', 'counted_reading_count', 'compliant_reading_count',
    'tolerant_reading_count', 'hour_count', 'expected_hour_count', 'valid_hour_count', 'counted_hour_count',
    'compliant_hour_count', 'tolerant_hour_count', 'counted_day_count', 'whole_day_count',
    'compliant_day_count', 'tolerant_day_count', 'household_day_count', 'compliant_household_day_count',
    'tolerant_household_day_count', 'missing_hour_count', 'gateway_missing_hour_count'
] %}

with point_day as (
    select
        point.*,
        -- A day is judged whole only with enough hours, and passes when no valid reading lies below the standard.
        point.counted_hour_count >= day.full_day_min_hours as is_whole_day,
        point.compliant_reading_count = point.counted_reading_count as is_compliant_day,
        point.tolerant_reading_count = point.counted_reading_count as is_tolerant_day
    from {{ ref('int_heating_point_day') }} as point
    inner join {{ ref('int_heating_day') }} as day on point.measured_date = day.date_day
    where {{ days_at_work('point.measured_date') }}
),

household_day as (
    select
        measured_date,
        arg_min(street_code, point_id) as street_code,
        arg_min(enterprise_name, point_id) as enterprise_name,
        bool_and(is_compliant_day) as is_compliant_day,
        bool_and(is_tolerant_day) as is_tolerant_day
    from point_day
    where is_whole_day
    group by measured_date, coalesce(dwelling_code, point_id)
),

part as (
    select
        measured_date,
        street_code,
        enterprise_name,
        last_at as last_measured_at,
        1 as point_day_count,
        reading_count,
        counted_reading_count,
        compliant_reading_count,
        tolerant_reading_count,
        hour_count,
        valid_hour_count,
        counted_hour_count,
        compliant_hour_count,
        tolerant_hour_count,
        cast(counted_hour_count > 0 as int) as counted_day_count,
        cast(is_whole_day as int) as whole_day_count,
        cast(is_whole_day and is_compliant_day as int) as compliant_day_count,
        cast(is_whole_day and is_tolerant_day as int) as tolerant_day_count,
        {%- for reason in reasons %}
        {{ reason | lower }}_hour_count,
        {%- endfor %}
        shortfall
    from point_day
    union all by name
    select
        measured_date,
        street_code,
        enterprise_name,
        1 as household_day_count,
        cast(is_compliant_day as int) as compliant_household_day_count,
        cast(is_tolerant_day as int) as tolerant_household_day_count
    from household_day
    union all by name
    select
        measured_date,
        street_code,
        enterprise_name,
        24 as expected_hour_count
    from {{ ref('int_heating_point_day_expected') }}
    where {{ days_at_work('measured_date') }}
    union all by name
    select
        measured_date,
        street_code,
        enterprise_name,
        missing_hour_count,
        gateway_hour_count as gateway_missing_hour_count
    from {{ ref('int_heating_missing_day') }}
    where {{ days_at_work('measured_date') }}
),

final as (
    select
        part.measured_date,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        part.enterprise_name,
        max(part.last_measured_at) as last_measured_at,
        {%- for count in counts %}
        cast(coalesce(sum(part.{{ count }}), 0) as bigint) as {{ count }},
        {%- endfor %}
        {%- for reason in reasons %}
        cast(coalesce(sum(part.{{ reason | lower }}_hour_count), 0) as bigint) as {{ reason | lower }}_hour_count,
        {%- endfor %}
        cast(coalesce(sum(part.shortfall), 0) * cast(0.0001 as decimal(4, 4)) as decimal(18, 4))
            as shortfall_degree_hours
    from part
    left join {{ ref('dim_area') }} as area on part.street_code = area.area_code and area.level = 'street'
    group by
        part.measured_date, area.area_code, area.statutory_district_code, area.region_code, part.enterprise_name
)

select * from final
