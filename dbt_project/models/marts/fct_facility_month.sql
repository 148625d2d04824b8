-- One row per month, area, kind of resource and unit: how many stand on the register at its reading day.

with standing as (
    select
        month_end.month_start,
        facility.facility_type,
        facility.unit,
        facility.quantity as amount,
        facility.street_code,
        facility.district_code,
        facility.region_code
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('dim_facility') }} as facility
        on
            month_end.day_date >= facility.valid_from
            and month_end.day_date <= coalesce(facility.valid_to, date '9999-12-31')
    where facility.is_in_use
),

final as (
    {{ area_sums('standing', ['month_start', 'facility_type', 'unit'], {
        'facility_count': 'count(*)',
        'quantity': 'cast(sum(amount) as decimal(18, 2))',
    }) }}
)

select * from final
