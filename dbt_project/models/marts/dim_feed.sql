-- One row per feed: the span of time its data speak of. The as-of of a figure comes from the data, never from a clock.
{#- feed, relation, first moment, last moment #}
{%- set events = [
    ("'hotline_' || platform", 'int_hotline_as_of', 'first_at', 'as_of'),
    ("'hotline_call'", 'stg_hotline_call', 'hour_at', 'hour_at + interval 1 hour - interval 1 second'),
    ("'grid_event'", 'fct_grid_event', 'reported_at', 'greatest(reported_at, handled_at, closed_at, updated_at)'),
    ("'heating_room_temperature'", 'fct_heating_day', 'measured_date', 'last_measured_at'),
    ("'heating_station_reading'", 'fct_heating_station_day', 'measured_date', 'last_measured_at'),
    ("'heating_action'", 'fct_heating_action', 'triggered_at', 'greatest(triggered_at, done_at, updated_at)'),
    ("'capacity_points_entry'", 'stg_capacity_points_entry', 'booked_at', 'booked_at'),
    ("'capacity_training'", 'stg_capacity_training', 'trained_on', 'trained_on'),
    ("'capacity_activity'", 'stg_capacity_activity', 'held_on', 'held_on'),
    ("'capacity_livelihood_item'", 'fct_livelihood_item', 'listed_date', 'updated_at'),
    ("'capacity_service_case'", 'stg_capacity_service_case', 'accepted_at', 'greatest(accepted_at, done_at, updated_at)'),
    ("'quality_catalogue_snapshot'", 'fct_catalogue_month', 'month_start', 'updated_at'),
    ('feed', 'fct_dispute', 'reported_at',
        'greatest(reported_at, accepted_at, closed_at, resolved_at, performed_at, relapsed_at, updated_at)'),
    ("'mediation_deliberation'", 'stg_mediation_deliberation', 'raised_at', 'greatest(raised_at, closed_at, updated_at)'),
    ("'safety_hazard'", 'fct_hazard', 'found_at',
        'greatest(found_at, ordered_at, rectified_at, verified_at, penalised_at, updated_at)'),
    ("'safety_public_security_month'", 'stg_safety_public_security_month', 'month',
        'month + interval 1 month - interval 1 second'),
] %}
{#- feed, relation, first day. Deliveries are asked for from the first day that any of them speaks of. #}
{%- set registers = [
    ('heating_room_point', 'dim_heating_point', 'valid_from'),
    ('heating_station', 'dim_heating_station', 'valid_from'),
    ('grid_register', 'dim_grid', 'valid_from'),
    ('grid_worker', 'stg_grid_worker', 'valid_from'),
    ('capacity_community', 'dim_community', 'valid_from'),
    ('property_compound', 'dim_compound', 'valid_from'),
    ('property_company', 'dim_property_company', 'valid_from'),
    ('capacity_worker', 'int_capacity_worker', 'valid_from'),
    ('capacity_facility', 'dim_facility', 'valid_from'),
    ('capacity_programme_measure', 'dim_programme_measure', 'valid_from'),
    ('quality_published_figure', 'stg_quality_published_figure', 'published_on'),
    ('delivery', 'stg_delivery_day', 'business_date'),
] %}

with moment as (
    {%- for feed, relation, first_at, last_at in events %}
    select
        {{ feed }} as feed,
        cast({{ first_at }} as timestamp) as first_at,
        cast({{ last_at }} as timestamp) as last_at
    from {{ ref(relation) }}
    {{- "
    union all" if not loop.last }}
    {%- endfor %}
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
    {%- for feed, relation, first_date in registers %}
    select
        '{{ feed }}' as feed,
        {{ first_date }} as first_at
    from {{ ref(relation) }}
    {{- "
    union all" if not loop.last }}
    {%- endfor %}
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
