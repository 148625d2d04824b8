-- One row per class of incidents, district, month and exclusion reason: what the counts add to the changes on the year.
-- No street: a league table of crime by street would point at households (docs/mediation-method.md).
with compared as (
    select
        case incident_class
            when 'criminal' then 'safety.crime_yoy'
            when 'homicide' then 'safety.homicide_yoy'
            when 'public_order' then 'safety.order_yoy'
            when 'production_accident' then 'safety.accident_yoy'
            when 'fire' then 'safety.fire_yoy'
        end as kpi_code,
        *
    from {{ ref('int_safety_street_month') }}
),

final as (
    select
        kpi_code,
        'safety_public_security_month' as feed,
        cast(null as varchar) as street_code,
        district_code,
        region_code,
        month as period_date,
        false as in_day,
        true as in_month,
        if(is_paired, null, 'X28') as excluded_reason,
        cast(sum(incident_count) as bigint) as received_count,
        cast(coalesce(sum(incident_count) filter (where is_paired), 0) as bigint) as counted_count,
        cast(coalesce(sum(incident_count) filter (where not is_paired), 0) as bigint) as excluded_count,
        cast(0 as bigint) as immature_count,
        cast(0 as bigint) as open_not_due_count,
        cast(0 as bigint) as provisional_count,
        cast(coalesce(sum(incident_count - base_count) filter (where is_paired), 0) as decimal(18, 4)) as numerator,
        cast(coalesce(sum(base_count) filter (where is_paired), 0) as decimal(18, 4)) as denominator
    from compared
    where kpi_code is not null
    group by kpi_code, district_code, region_code, month, is_paired
)

select * from final
