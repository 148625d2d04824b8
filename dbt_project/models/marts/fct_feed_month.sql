-- One row per feed and month: how much was set aside or had no area, and the quality grade its figures carry.
with placed as (
    select
        feed,
        date_trunc('month', received_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('fct_case') }}
    group by all
    union all
    select
        'hotline_call' as feed,
        date_trunc('month', hour_at) as month_start,
        count(*) as row_count,
        0 as unplaced_count
    from {{ ref('stg_hotline_call') }}
    group by all
    union all
    select
        'grid_event' as feed,
        date_trunc('month', reported_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('fct_grid_event') }}
    group by all
    union all
    select
        'heating_room_temperature' as feed,
        date_trunc('month', measured_date) as month_start,
        sum(hour_count) as row_count,
        coalesce(sum(hour_count) filter (where street_code is null), 0) as unplaced_count
    from {{ ref('fct_heating_day') }}
    group by all
    union all
    select
        'heating_station_reading' as feed,
        date_trunc('month', measured_date) as month_start,
        sum(heard_hour_count) as row_count,
        coalesce(sum(heard_hour_count) filter (where street_code is null), 0) as unplaced_count
    from {{ ref('fct_heating_station_day') }}
    group by all
    union all
    select
        'heating_action' as feed,
        date_trunc('month', triggered_at) as month_start,
        count(*) as row_count,
        -- An analysis or a penalty is the company's: only a check on site has a place.
        count(*) filter (where street_code is null and mechanism = 'onsite') as unplaced_count
    from {{ ref('fct_heating_action') }}
    group by all
    union all
    select
        'capacity_livelihood_item' as feed,
        date_trunc('month', listed_date) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('fct_livelihood_item') }}
    group by all
    union all
    select
        'capacity_service_case' as feed,
        date_trunc('month', accepted_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('stg_capacity_service_case') }}
    group by all
    union all
    select
        'capacity_programme_measure' as feed,
        date_trunc('month', month_start) as month_start,
        cast(sum(measure_count) as bigint) as row_count,
        -- A measure is the city's: it has no place to miss.
        0 as unplaced_count
    from {{ ref('fct_programme_month') }}
    group by all
    union all
    select
        'delivery' as feed,
        date_trunc('month', period_end) as month_start,
        count(*) as row_count,
        0 as unplaced_count
    from {{ ref('fct_feed_due') }}
    group by all
    union all
    select
        feed,
        date_trunc('month', reported_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('fct_dispute') }}
    group by all
    union all
    select
        'mediation_deliberation' as feed,
        date_trunc('month', raised_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('stg_mediation_deliberation') }}
    group by all
    union all
    select
        'safety_hazard' as feed,
        date_trunc('month', found_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('fct_hazard') }}
    group by all
    union all
    select
        'safety_public_security_month' as feed,
        month as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none') as unplaced_count
    from {{ ref('stg_safety_public_security_month') }}
    group by all
    union all
    select
        'grid_register' as feed,
        month_start,
        count(*) as row_count,
        count(*) filter (where street_code is null) as unplaced_count
    from {{ ref('int_grid_in_force') }}
    group by all
    union all
    select
        'grid_worker' as feed,
        month_start,
        count(*) as row_count,
        count(*) filter (where street_code is null) as unplaced_count
    from {{ ref('int_grid_worker_in_force') }}
    where is_counted
    group by all
    union all
    select
        'capacity_points_entry' as feed,
        date_trunc('month', booked_at) as month_start,
        count(*) as row_count,
        count(*) filter (where area_resolution = 'none' and account_kind <> 'pool') as unplaced_count
    from {{ ref('stg_capacity_points_entry') }}
    group by all
    union all
    select
        'property_compound' as feed,
        month_start,
        count(*) as row_count,
        count(*) filter (where street_code is null) as unplaced_count
    from {{ ref('int_property_compound_month') }}
    group by all
    union all
    select
        'capacity_worker' as feed,
        month_start,
        count(*) as row_count,
        count(*) filter (where street_code is null) as unplaced_count
    from {{ ref('int_capacity_worker_month') }}
    group by all
    union all
    select
        'capacity_training' as feed,
        date_trunc('month', trained_on) as month_start,
        count(*) as row_count,
        -- Attendance says who, the register of workers says where.
        0 as unplaced_count
    from {{ ref('stg_capacity_training') }}
    group by all
    union all
    select
        'capacity_community' as feed,
        month_start,
        count(*) as row_count,
        count(*) filter (where street_code is null) as unplaced_count
    from {{ ref('int_community_month') }}
    group by all
),

delivered as (
    select
        placed.feed,
        placed.month_start,
        sum(delivery.received_count) as delivered_count,
        sum(delivery.quarantined_count) as quarantined_count
    from placed
    inner join {{ ref('stg_delivery') }} as delivery
        on
            -- Events of a platform speak of the same cases as its register, messages of the same points as the files.
            placed.feed = case delivery.feed
                when 'heating_room_message' then 'heating_room_temperature'
                when 'heating_station_message' then 'heating_station_reading'
                when 'hotline_city_event' then 'hotline_city'
                when 'hotline_province_event' then 'hotline_province'
                else delivery.feed
            end
            and placed.month_start <= delivery.last_date
            and last_day(placed.month_start) >= delivery.first_date
    group by all
),

rated as (
    select
        placed.feed,
        cast(placed.month_start as date) as month_start,
        cast(placed.row_count as bigint) as row_count,
        cast(placed.unplaced_count as bigint) as unplaced_count,
        {{ safe_ratio('placed.unplaced_count', 'placed.row_count') }} as unplaced_rate,
        {{ safe_ratio('delivered.quarantined_count', 'delivered.delivered_count') }} as quarantined_rate
    from placed
    left join delivered on placed.feed = delivered.feed and placed.month_start = delivered.month_start
),

final as (
    select
        *,
        case
            when unplaced_rate <= 0.02 and coalesce(quarantined_rate, 0) <= 0.01 then 'A'
            when unplaced_rate <= 0.10 and coalesce(quarantined_rate, 0) <= 0.05 then 'B'
            else 'C'
        end as quality_grade
    from rated
)

select * from final
