-- One row per grid event to be placed anew: it changed, or a register says something else of its day, code or street.
-- `event_id` numbers the rows of this run, for the tests of points handle numbers alone.
{%- set placed = left_by_last_build('intermediate', 'int_grid_event_place') %}

with register_change as (
    select min(delivered.business_date) as first_date
    from {{ ref('stg_delivery_day') }} as delivered
    inner join {{ ref('int_grid_batch_new') }} as batch
        on delivered.feed = batch.feed and delivered.batch_id = batch.batch_id
    where delivered.feed in ('grid_register', 'capacity_community')
),

touched as (
    select event_no
    from {{ ref('int_grid_event_changed') }}
    union
    -- What a register says holds from its day on.
    select event.event_no
    from {{ ref('stg_grid_event') }} as event
    inner join register_change on cast(event.reported_at as date) >= register_change.first_date
    {%- if placed %}
    union
    -- A code that nobody knew may be known now, and a community may have come to another street for all years.
    select before.event_no
    from {{ placed }} as before
    cross join register_change
    left join {{ ref('dim_community') }} as community
        on before.community_code = community.community_code and community.valid_to is null
    where
        register_change.first_date is not null
        and (
            before.grid_resolution in ('lineage', 'none')
            or before.street_code is distinct from coalesce(community.street_code, before.street_code)
        )
    {%- endif %}
),

event as (
    select
        event_no,
        grid_code,
        area_code,
        cast(reported_at as date) as reported_date,
        lon,
        lat,
        crs
    from {{ ref('stg_grid_event') }}
    where event_no in (select touched.event_no from touched)
),

final as (
    select
        row_number() over () as event_id,
        event.*,
        code.code_status,
        code.resolved_grid_code,
        code.successor_codes,
        code.community_code,
        code.street_code,
        boundary.boundary_id
    from event
    left join {{ ref('int_grid_code') }} as code
        on event.grid_code = code.grid_code and event.reported_date between code.valid_from and code.valid_to
    left join {{ ref('int_grid_boundary') }} as boundary
        on
            code.resolved_grid_code = boundary.grid_code
            and event.reported_date between boundary.valid_from and boundary.valid_to
            and boundary.shape is not null
)

select * from final
