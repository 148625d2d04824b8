-- One row per heating KPI, street, day and exclusion reason: what the readings add to each figure.
{%- set reasons = heating_reasons() %}

with fact as (
    select
        day.*,
        dim_feed.feed,
        dim_feed.as_of,
        -- Hours of the last day that have not passed cannot be missing yet.
        if(
            day.measured_date = cast(dim_feed.as_of as date),
            cast(day.expected_hour_count * (23 - hour(dim_feed.as_of)) / 24 as bigint),
            0
        ) as immature_hour_count
    from {{ ref('fct_heating_day') }} as day
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'heating_room_temperature'
),

-- Counted hours and each reason's hours stand as rows of their own.
compliance as (
    select
        fact.*,
        'heating.room_compliance_rate' as kpi_code,
        part.excluded_reason,
        part.part_hour_count as received_count,
        if(part.excluded_reason is null, part.part_hour_count, 0) as counted_count,
        if(part.excluded_reason is null, 0, part.part_hour_count) as excluded_count,
        0 as immature_count,
        part.part_compliant_count as numerator,
        if(part.excluded_reason is null, part.part_hour_count, 0) as denominator
    from fact
    cross join (
        values
        (null, fact.counted_hour_count, fact.compliant_hour_count)
        {%- for reason in reasons %},
        ('{{ reason }}', fact.{{ reason | lower }}_hour_count, 0)
        {%- endfor %}
    ) as part (excluded_reason, part_hour_count, part_compliant_count)
    where part.part_hour_count > 0
),

-- A day with too few valid hours, or a room without a standard, judges nothing: type not applicable.
full_day as (
    select
        fact.*,
        'heating.full_day_compliance_rate' as kpi_code,
        part.excluded_reason,
        part.part_day_count as received_count,
        if(part.excluded_reason is null, part.part_day_count, 0) as counted_count,
        if(part.excluded_reason is null, 0, part.part_day_count) as excluded_count,
        0 as immature_count,
        part.part_compliant_count as numerator,
        if(part.excluded_reason is null, part.part_day_count, 0) as denominator
    from fact
    cross join (
        values
        (null, fact.whole_day_count, fact.compliant_day_count),
        (
            -- A day lies in the season or it does not.
            if(fact.x15_hour_count > 0, 'X15', 'X06'),
            fact.point_day_count - fact.whole_day_count,
            0
        )
    ) as part (excluded_reason, part_day_count, part_compliant_count)
    where part.part_day_count > 0
),

validity as (
    select
        *,
        'heating.valid_reading_rate' as kpi_code,
        cast(null as varchar) as excluded_reason,
        expected_hour_count as received_count,
        expected_hour_count - immature_hour_count as counted_count,
        0 as excluded_count,
        immature_hour_count as immature_count,
        valid_hour_count as numerator,
        expected_hour_count - immature_hour_count as denominator
    from fact
    where expected_hour_count > 0
),

-- Degree-hours below the standard for each point and day: separates 17.9 from 12, which a share cannot.
shortfall as (
    select
        *,
        'heating.shortfall_degree_hours' as kpi_code,
        cast(null as varchar) as excluded_reason,
        counted_day_count as received_count,
        counted_day_count as counted_count,
        0 as excluded_count,
        0 as immature_count,
        shortfall_degree_hours as numerator,
        counted_day_count as denominator
    from fact
    where counted_day_count > 0
),

hour_sum as (
    select * from compliance
    union all by name
    select * from full_day
    union all by name
    select * from validity
    union all by name
    select * from shortfall
),

reading as (
    select
        kpi_code,
        feed,
        street_code,
        district_code,
        region_code,
        measured_date as period_date,
        true as in_day,
        true as in_month,
        excluded_reason,
        cast(sum(received_count) as bigint) as received_count,
        cast(sum(counted_count) as bigint) as counted_count,
        cast(sum(excluded_count) as bigint) as excluded_count,
        cast(sum(immature_count) as bigint) as immature_count,
        cast(0 as bigint) as open_not_due_count,
        cast(0 as bigint) as provisional_count,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        cast(sum(denominator) as decimal(18, 4)) as denominator
    from hour_sum
    group by all
),

final as (
    select * from reading
    union all by name
    select * from {{ ref('kpi_heating_complaint') }}
    union all by name
    select * from {{ ref('kpi_heating_supervision') }}
)

select * from final
