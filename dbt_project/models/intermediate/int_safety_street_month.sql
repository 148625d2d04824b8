-- One row per street, month and class of public-security counts, with the same month of the year before beside it.
-- By street, so that a street that did not report in one of the two years makes no rise and no fall.
with placed as (
    select
        count_row.stated_street_code,
        count_row.month,
        count_row.incident_class,
        count_row.incident_count,
        count_row.area_resolution,
        count_row.published_at,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_safety_public_security_month') }} as count_row
    left join {{ ref('dim_area') }} as area on count_row.area_code = area.area_code
),

final as (
    select
        placed.*,
        earlier.incident_count as base_count,
        earlier.incident_count is not null as is_paired
    from placed
    left join placed as earlier
        on
            placed.stated_street_code = earlier.stated_street_code
            and placed.incident_class = earlier.incident_class
            and placed.month - interval 1 year = earlier.month
)

select * from final
