-- One row per month, street and list of the three-list services: cases and services, and how many kept the promise.
-- 件 (cases) and 件次 (services rendered) are counted side by side and never divided by one another.

with service as (
    select
        service.*,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        dim_feed.as_of,
        service.service_status = 'withdrawn' as is_withdrawn,
        if(service.service_status = 'done', coalesce(service.done_at, service.updated_at), null) as finished_at,
        -- Finished on the promised day is in time: the promise ends with the day.
        service.promised_date + interval 1 day as due_at
    from {{ ref('stg_capacity_service_case') }} as service
    left join {{ ref('dim_area') }} as area on service.area_code = area.area_code
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'capacity_service_case'
),

accepted as (
    select
        cast(date_trunc('month', accepted_at) as date) as month_start,
        street_code,
        district_code,
        region_code,
        service_list,
        count(*) filter (where not is_withdrawn) as case_count,
        coalesce(sum(service_count) filter (where not is_withdrawn), 0) as service_count,
        count(*) filter (where is_withdrawn) as withdrawn_count,
        0 as due_count,
        0 as on_time_count
    from service
    group by all
),

due as (
    select
        cast(date_trunc('month', promised_date) as date) as month_start,
        street_code,
        district_code,
        region_code,
        service_list,
        0 as case_count,
        0 as service_count,
        0 as withdrawn_count,
        count(*) as due_count,
        count(*) filter (where finished_at < due_at) as on_time_count
    from service
    where due_at <= as_of and not is_withdrawn
    group by all
),

final as (
    select
        month_start,
        street_code,
        district_code,
        region_code,
        service_list,
        cast(sum(case_count) as bigint) as case_count,
        cast(sum(service_count) as bigint) as service_count,
        cast(sum(withdrawn_count) as bigint) as withdrawn_count,
        cast(sum(due_count) as bigint) as due_count,
        cast(sum(on_time_count) as bigint) as on_time_count
    from (
        select * from accepted
        union all by name
        select * from due
    ) as part
    group by all
)

select * from final
