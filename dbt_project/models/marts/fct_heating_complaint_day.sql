-- One row per day, heating company and smallest known area: heating complaints of both platforms, side by side, never
-- added, and beside them the matters that began, each once over both.

with company as (
    select distinct enterprise_name
    from {{ ref('dim_heating_station') }}
    union
    select distinct enterprise_name
    from {{ ref('dim_heating_point') }}
),

complaint as (
    select
        received_at,
        unit_name,
        -- A confidential case is told of no street.
        if(is_confidential, null, street_code) as street_code,
        district_code,
        region_code,
        cast(platform = 'city' as int) as city_case_count,
        cast(platform = 'province' as int) as province_case_count,
        0 as matter_count
    from {{ ref('fct_case') }}
    where platform = 'province' or category_name = '供热'
    union all by name
    select
        received_at,
        unit_name,
        street_code,
        district_code,
        region_code,
        0 as city_case_count,
        0 as province_case_count,
        1 as matter_count
    from {{ ref('int_heating_complaint') }}
),

final as (
    select
        cast(complaint.received_at as date) as received_date,
        company.enterprise_name,
        complaint.street_code,
        complaint.district_code,
        complaint.region_code,
        cast(sum(complaint.city_case_count) as bigint) as city_case_count,
        cast(sum(complaint.province_case_count) as bigint) as province_case_count,
        cast(sum(complaint.matter_count) as bigint) as matter_count
    from complaint
    left join company on complaint.unit_name = company.enterprise_name
    where complaint.received_at is not null
    group by all
)

select * from final
