-- One row per heating KPI, street, day and exclusion reason: what the point-hours add to each figure.
with fact as (
    select
        street_day.*,
        dim_feed.feed,
        dim_feed.as_of,
        -- Hours of the last day that have not passed cannot be missing yet.
        if(
            street_day.measured_date = cast(dim_feed.as_of as date),
            cast(street_day.expected_hour_count * (23 - hour(dim_feed.as_of)) / 24 as bigint),
            0
        ) as immature_hour_count
    from {{ ref('fct_heating_street_day') }} as street_day
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
        part.part_compliant_count as numerator
    from fact
    cross join (
        values
        (null, fact.counted_hour_count, fact.compliant_hour_count),
        ('X06', fact.x06_hour_count, 0),
        ('X13', fact.x13_hour_count, 0),
        ('X14', fact.x14_hour_count, 0),
        ('X15', fact.x15_hour_count, 0)
    ) as part (excluded_reason, part_hour_count, part_compliant_count)
    where part.part_hour_count > 0
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
        valid_hour_count as numerator
    from fact
    where expected_hour_count > 0
),

hour_sum as (
    select * from compliance
    union all by name
    select * from validity
),

final as (
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
        cast(received_count as bigint) as received_count,
        cast(counted_count as bigint) as counted_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(immature_count as bigint) as immature_count,
        cast(0 as bigint) as open_not_due_count,
        cast(0 as bigint) as provisional_count,
        cast(numerator as decimal(18, 4)) as numerator,
        cast(counted_count as decimal(18, 4)) as denominator
    from hour_sum
)

select * from final
