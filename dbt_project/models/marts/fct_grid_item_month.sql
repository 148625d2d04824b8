-- One row per month in which events fall due, region or city, and item or department: handled in time, out of how many.
-- Rows without an item are their department's, rows without a department those of items that no catalogue knows.

with fact as (
    select
        event.*,
        dim_feed.as_of,
        item.department_code,
        item.item_code as known_item_code,
        coalesce({{ due_date('event.due_at') }}, cast(event.reported_at as date)) as due_date
    from {{ ref('fct_grid_event') }} as event
    cross join {{ ref('dim_feed') }} as dim_feed
    left join {{ ref('dim_grid_item') }} as item
        on
            event.item_code = item.item_code
            and cast(event.reported_at as date) >= item.valid_from
            and cast(event.reported_at as date) <= coalesce(item.valid_to, date '9999-12-31')
    where dim_feed.feed = 'grid_event'
),

counted as (
    select
        cast(date_trunc('month', due_date) as date) as month_start,
        region_code,
        department_code,
        item_code,
        known_item_code is not null as is_known_item,
        count(*) as received_count,
        count(*) filter (where status = 'rejected' or due_at is null) as excluded_count,
        count(*) filter (where status <> 'rejected' and due_at > as_of) as immature_count,
        count(*) filter (where status <> 'rejected' and due_at <= as_of) as due_count,
        count(*) filter (where status <> 'rejected' and due_at <= as_of and handled_at <= due_at) as on_time_count
    from fact
    where due_date <= last_day(as_of)
    group by all
),

summed as (
    select
        month_start,
        if(grouping(region_code) = 0, 'region', 'city') as area_level,
        region_code as area_code,
        if(grouping(item_code) = 0, 'item', 'department') as item_level,
        department_code,
        item_code,
        bool_and(is_known_item) as is_known_item,
        cast(sum(received_count) as bigint) as received_count,
        cast(sum(excluded_count) as bigint) as excluded_count,
        cast(sum(immature_count) as bigint) as immature_count,
        cast(sum(due_count) as bigint) as due_count,
        cast(sum(on_time_count) as bigint) as on_time_count
    from counted
    group by grouping sets (
        (month_start, department_code, item_code),
        (month_start, department_code),
        (month_start, region_code, department_code, item_code),
        (month_start, region_code, department_code)
    )
),

final as (
    select
        summed.* replace (
            if(summed.area_level = 'city', city.area_code, summed.area_code) as area_code
        ),
        -- One event more or less must not look like a change: below 30 the counts stand, the percentage does not.
        case
            when summed.due_count >= policy.small_base_events
                then {{ safe_ratio('summed.on_time_count', 'summed.due_count') }}
        end as on_time_rate
    from summed
    inner join {{ ref('int_grid_policy_month') }} as policy on summed.month_start = policy.month_start
    cross join (
        select area_code
        from {{ ref('dim_area') }}
        where level = 'city'
    ) as city
    where summed.area_level = 'city' or summed.area_code is not null
)

select * from final
