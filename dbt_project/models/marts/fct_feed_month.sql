-- One row per feed and month: how much was set aside or had no area, and the quality grade its figures carry.
{%- set unresolved = "count(*) filter (where area_resolution = 'none')" %}
{%- set without_street = 'count(*) filter (where street_code is null)' %}
{#- feed, relation, month, rows, rows without an area. A register counts in every month in which it holds. #}
{%- set counted = [
    ('feed', 'fct_case', 'received_at', 'count(*)', unresolved),
    ("'hotline_call'", 'stg_hotline_call', 'hour_at', 'count(*)', '0'),
    ("'grid_event'", 'fct_grid_event', 'reported_at', 'count(*)', unresolved),
    ("'heating_room_temperature'", 'fct_heating_day', 'measured_date', 'sum(hour_count)',
        'coalesce(sum(hour_count) filter (where street_code is null), 0)'),
    ("'heating_station_reading'", 'fct_heating_station_day', 'measured_date', 'sum(heard_hour_count)',
        'coalesce(sum(heard_hour_count) filter (where street_code is null), 0)'),
    ("'heating_action'", 'fct_heating_action', 'triggered_at', 'count(*)',
        "count(*) filter (where street_code is null and mechanism = 'onsite')"),
    ("'grid_register'", 'int_community_month', 'month_start', 'count(*)', without_street),
    ("'capacity_community'", 'int_community_month', 'month_start', 'count(*)', without_street),
    ("'grid_worker'", 'int_grid_worker_in_force', 'month_start', 'count(*) filter (where is_counted)',
        'count(*) filter (where is_counted and street_code is null)'),
    ("'capacity_points_entry'", 'stg_capacity_points_entry', 'booked_at', 'count(*)',
        "count(*) filter (where area_resolution = 'none' and account_kind <> 'pool')"),
    ('feed', 'fct_dispute', 'reported_at', 'count(*)', unresolved),
    ("'mediation_deliberation'", 'stg_mediation_deliberation', 'raised_at', 'count(*)', unresolved),
    ("'safety_hazard'", 'fct_hazard', 'found_at', 'count(*)', unresolved),
    ("'safety_public_security_month'", 'stg_safety_public_security_month', 'month', 'count(*)', unresolved),
    ("'property_compound'", 'int_property_compound_month', 'month_start', 'count(*)', without_street),
    ("'capacity_worker'", 'int_capacity_worker_month', 'month_start', 'count(*)', without_street),
    ("'capacity_livelihood_item'", 'fct_livelihood_item', 'listed_date', 'count(*)', unresolved),
    ("'capacity_service_case'", 'stg_capacity_service_case', 'accepted_at', 'count(*)', unresolved),
    ("'capacity_programme_measure'", 'fct_programme_month', 'month_start', 'sum(measure_count)', '0'),
    ("'delivery'", 'fct_feed_due', 'period_end', 'count(*)', '0'),
] %}

with placed as (
    {%- for feed, relation, moment, rows, unplaced in counted %}
    select
        {{ feed }} as feed,
        cast(date_trunc('month', {{ moment }}) as date) as month_start,
        cast({{ rows }} as bigint) as row_count,
        {{ unplaced }} as unplaced_count
    from {{ ref(relation) }}
    group by all
    union all
    {%- endfor %}
    -- A month's coverage rests on the attendance of its year so far; it says who, the register of workers says where.
    select
        'capacity_training' as feed,
        month_end.month_start,
        count(*) as row_count,
        0 as unplaced_count
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('stg_capacity_training') }} as training
        on
            date_trunc('year', month_end.month_start) <= training.trained_on
            and month_end.day_date >= training.trained_on
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
