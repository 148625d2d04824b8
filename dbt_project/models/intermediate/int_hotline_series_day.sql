-- One row per series of case counts, day of receipt and smallest known area: all cases, and those before a cut.
with placed as (
    select
        fct_case.platform,
        fct_case.received_at,
        -- Confidential cases have no street in any figure.
        if(fct_case.is_confidential, null, fct_case.street_code) as street_code,
        fct_case.district_code,
        fct_case.region_code,
        case
            when fct_case.platform = 'province' and city.case_id is null then ['province_heating', 'union_heating']
            when fct_case.platform = 'province' then ['province_heating']
            when fct_case.category_name = '供热' then ['city_all', 'city_heating', 'union_heating']
            when fct_case.category_name = '物业' then ['city_all', 'city_property']
            else ['city_all']
        end as series_of_case
    from {{ ref('fct_case') }} as fct_case
    left join {{ ref('fct_cross_platform_link') }} as link on fct_case.case_id = link.case_id
    -- A direct-line case that the city filed under another category is in no heating count yet.
    left join {{ ref('fct_case') }} as city on link.city_case_id = city.case_id and city.category_name = '供热'
    where fct_case.received_at is not null
),

listed as (
    select
        *,
        unnest(series_of_case) as series
    from placed
),

final as (
    select
        listed.series,
        cast(listed.received_at as date) as received_date,
        listed.street_code,
        listed.district_code,
        listed.region_code,
        count(*) as case_count,
        -- A running period is cut by moment: its last day ends in both years at the hour of the as-of.
        count(*) filter (where cast(listed.received_at as time) <= cast(series.as_of as time)) as cut_count
    from listed
    inner join {{ ref('int_hotline_series') }} as series on listed.series = series.series
    group by all
)

select * from final
