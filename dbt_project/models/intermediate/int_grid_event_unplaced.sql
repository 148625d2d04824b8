-- One row per grid event to be placed anew: it changed, or a register says something else of its day, code or street.
-- `event_id` numbers the rows of this run, for the tests of points handle numbers alone.
-- depends_on: {{ ref('stg_delivery_day') }}
-- depends_on: {{ ref('int_grid_batch_new') }}
-- depends_on: {{ ref('int_grid_event_changed') }}
-- depends_on: {{ ref('dim_community') }}
{%- set placed = left_by_last_build('intermediate', 'int_grid_event_place') %}

with event as (
    select
        event_no,
        grid_code,
        area_code,
        cast(reported_at as date) as reported_date,
        lon,
        lat,
        crs
    from {{ ref('stg_grid_event') }}
),

{%- if placed %}

register_change as (
    select min(delivered.business_date) as first_date
    from {{ ref('stg_delivery_day') }} as delivered
    inner join {{ ref('int_grid_batch_new') }} as batch
        on delivered.feed = batch.feed and delivered.batch_id = batch.batch_id
    where delivered.feed in ('grid_register', 'capacity_community')
),

touched as ( -- noqa: ST03
    select event_no
    from {{ ref('int_grid_event_changed') }}
    union
    -- What a register says holds from its day on.
    select event.event_no
    from event
    inner join register_change on event.reported_date >= register_change.first_date
    union
    -- A code that nobody knew may be known now, and a community may have come to another street for all years.
    select before.event_no
    from {{ placed }} as before
    inner join register_change on register_change.first_date is not null
    left join {{ ref('dim_community') }} as community
        on before.community_code = community.community_code and community.valid_to is null
    where
        before.grid_resolution in ('lineage', 'none')
        or before.street_code is distinct from coalesce(community.street_code, before.street_code)
),
{%- endif %}

unplaced as (
    select * from event
    {%- if placed %}
    where event_no in (select touched.event_no from touched)
    {%- endif %}
),

final as (
    select
        row_number() over () as event_id,
        unplaced.*,
        code.code_status,
        code.resolved_grid_code,
        if(code.code_status = 'split', code.successor_codes, null) as successor_codes,
        code.community_code,
        code.street_code,
        boundary.boundary_id
    from unplaced
    left join {{ ref('int_grid_code') }} as code
        on
            unplaced.grid_code = code.grid_code
            and unplaced.reported_date between code.valid_from and code.valid_to
    left join {{ ref('int_grid_boundary') }} as boundary
        on
            code.resolved_grid_code = boundary.grid_code
            and unplaced.reported_date between boundary.valid_from and boundary.valid_to
            and boundary.shape is not null
)

select * from final
