-- One row per feed: the span of time its data speak of. The as-of of a figure comes from the data, never from a clock.
with moment as (
    select
        'hotline_' || platform as feed,
        first_at,
        as_of as last_at
    from {{ ref('int_hotline_as_of') }}
    union all
    select
        'hotline_call' as feed,
        hour_at as first_at,
        hour_at + interval 1 hour - interval 1 second as last_at
    from {{ ref('stg_hotline_call') }}
    union all
    select
        'grid_event' as feed,
        reported_at as first_at,
        greatest(reported_at, handled_at, closed_at, updated_at) as last_at
    from {{ ref('fct_grid_event') }}
    union all
    select
        'heating_room_temperature' as feed,
        cast(measured_date as timestamp) as first_at,
        last_measured_at as last_at
    from {{ ref('fct_heating_day') }}
    union all
    select
        'heating_station_reading' as feed,
        cast(measured_date as timestamp) as first_at,
        last_measured_at as last_at
    from {{ ref('fct_heating_station_day') }}
    union all
    select
        'heating_action' as feed,
        triggered_at as first_at,
        greatest(triggered_at, done_at, updated_at) as last_at
    from {{ ref('fct_heating_action') }}
    union all
    select
        'capacity_livelihood_item' as feed,
        cast(listed_date as timestamp) as first_at,
        updated_at as last_at
    from {{ ref('fct_livelihood_item') }}
    union all
    select
        'capacity_service_case' as feed,
        accepted_at as first_at,
        greatest(accepted_at, done_at, updated_at) as last_at
    from {{ ref('stg_capacity_service_case') }}
    union all
    select
        'quality_catalogue_snapshot' as feed,
        cast(month_start as timestamp) as first_at,
        updated_at as last_at
    from {{ ref('fct_catalogue_month') }}
    union all
    select
        feed,
        reported_at as first_at,
        greatest(reported_at, accepted_at, closed_at, resolved_at, performed_at, relapsed_at, updated_at) as last_at
    from {{ ref('fct_dispute') }}
    union all
    select
        'mediation_deliberation' as feed,
        raised_at as first_at,
        greatest(raised_at, closed_at, updated_at) as last_at
    from {{ ref('stg_mediation_deliberation') }}
    union all
    select
        'safety_hazard' as feed,
        found_at as first_at,
        greatest(found_at, ordered_at, rectified_at, verified_at, penalised_at, updated_at) as last_at
    from {{ ref('fct_hazard') }}
    union all
    -- A month of counts speaks of the whole month, whenever it was published.
    select
        'safety_public_security_month' as feed,
        cast(month as timestamp) as first_at,
        month + interval 1 month - interval 1 second as last_at
    from {{ ref('stg_safety_public_security_month') }}
    union all
    select
        'capacity_points_entry' as feed,
        booked_at as first_at,
        booked_at as last_at
    from {{ ref('stg_capacity_points_entry') }}
    union all
    select
        'capacity_training' as feed,
        cast(trained_on as timestamp) as first_at,
        cast(trained_on as timestamp) as last_at
    from {{ ref('stg_capacity_training') }}
    union all
    select
        'capacity_activity' as feed,
        cast(held_on as timestamp) as first_at,
        cast(held_on as timestamp) as last_at
    from {{ ref('stg_capacity_activity') }}
),

event as (
    select
        feed,
        max(last_at) as as_of,
        cast(min(first_at) as date) as first_date
    from moment
    group by feed
),

register as (
    select
        'heating_room_point' as feed,
        valid_from as first_at
    from {{ ref('dim_heating_point') }}
    union all
    select
        'heating_station' as feed,
        valid_from as first_at
    from {{ ref('dim_heating_station') }}
    union all
    select
        'capacity_programme_measure' as feed,
        valid_from as first_at
    from {{ ref('dim_programme_measure') }}
    union all
    -- The deliveries themselves: their punctuality is asked for from the first day that any of them speaks of.
    select
        'delivery' as feed,
        business_date as first_at
    from {{ ref('stg_delivery_day') }}
    union all
    select
        'grid_register' as feed,
        valid_from as first_at
    from {{ ref('dim_grid') }}
    union all
    select
        'grid_worker' as feed,
        valid_from as first_at
    from {{ ref('stg_grid_worker') }}
    union all
    select
        'property_compound' as feed,
        valid_from as first_at
    from {{ ref('dim_compound') }}
    union all
    select
        'property_company' as feed,
        valid_from as first_at
    from {{ ref('dim_property_company') }}
    union all
    select
        'capacity_worker' as feed,
        valid_from as first_at
    from {{ ref('int_capacity_worker') }}
    union all
    select
        'capacity_facility' as feed,
        valid_from as first_at
    from {{ ref('dim_facility') }}
    union all
    select
        'quality_published_figure' as feed,
        published_on as first_at
    from {{ ref('stg_quality_published_figure') }}
    union all
    select
        'capacity_community' as feed,
        valid_from as first_at
    from {{ ref('dim_community') }}
),

final as (
    select
        feed,
        as_of,
        first_date,
        false as is_register
    from event
    union all by name
    -- What a register says holds until it says otherwise: up to the last moment that any event knows.
    select
        register.feed,
        any_value(last_event.as_of) as as_of,
        cast(min(register.first_at) as date) as first_date,
        true as is_register
    from register
    cross join (select max(as_of) as as_of from event) as last_event
    group by register.feed
)

select * from final
