-- One row per day, region and issue category: what the city hotline took in and what it finished. Categories stand with
-- the version of the taxonomy they were given under: nobody compares two versions by name.

with happened as (
    select
        case_id,
        cast(received_at as date) as date_day,
        1 as received_count,
        0 as finished_count
    from {{ ref('fct_case') }}
    where platform = 'city' and received_at is not null
    union all
    -- A case that was reopened is finished again.
    select
        case_id,
        cast(finished_at as date) as date_day,
        0 as received_count,
        1 as finished_count
    from {{ ref('int_hotline_cycle') }}
    where platform = 'city' and finished_at is not null
),

final as (
    select
        happened.date_day,
        case_row.region_code,
        case_row.category_name,
        case_row.subcategory_name,
        day.taxonomy_version,
        cast(sum(happened.received_count) as bigint) as received_count,
        cast(sum(happened.finished_count) as bigint) as finished_count
    from happened
    inner join {{ ref('fct_case') }} as case_row on happened.case_id = case_row.case_id
    left join {{ ref('int_hotline_platform_day') }} as day
        on case_row.platform = day.platform and cast(case_row.received_at as date) = day.date_day
    group by all
)

select * from final
