-- One row per heating matter of the city platform, and per case of the direct line that the city does not hold.
-- The union of the platforms, each matter once: 300 cold households at one building are one.
with province_only as (
    select province.case_id
    from {{ ref('fct_case') }} as province
    left join {{ ref('fct_cross_platform_link') }} as link on province.case_id = link.case_id
    left join {{ ref('fct_case') }} as city on link.city_case_id = city.case_id and city.category_name = '供热'
    where province.platform = 'province' and city.case_id is null
),

first_case as (
    select case_id
    from {{ ref('int_hotline_matter') }}
    where category_name = '供热' and case_id = matter_id and not is_merged
    union all
    select case_id
    from province_only
),

final as (
    select
        fct_case.case_id,
        fct_case.platform,
        fct_case.received_at,
        fct_case.unit_name,
        if(fct_case.is_confidential, null, fct_case.street_code) as street_code,
        fct_case.district_code,
        fct_case.region_code
    from first_case
    inner join {{ ref('fct_case') }} as fct_case on first_case.case_id = fct_case.case_id
    where fct_case.received_at is not null and not fct_case.is_void
)

select * from final
