-- One row per grid event: the grid, community and street it belongs to on its day, and whether its point agrees.
-- The grid named in the report goes before the point: a phone errs by metres, and the worker knows the grid.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('event_no in (select anew.event_no from ' ~ ref('int_grid_event_unplaced') ~ ' as anew)') }}"
) }}

with community as (
    select * from {{ ref('int_community_place') }}
),

register as (
    select count(shape) > 0 as is_drawn
    from {{ ref('int_grid_boundary') }}
),

located as (
    select
        event.*,
        point.lon as lon_cgcs2000,
        point.lat as lat_cgcs2000,
        boundary.grid_code as point_grid_code,
        point.event_id is not null as has_point,
        point.is_drawn,
        point.is_near_a_grid,
        point.distance_m,
        case
            when event.code_status = 'in_force' then 'exact'
            when event.code_status = 'successor' then 'successor'
            when
                boundary.grid_code is not null
                and (
                    coalesce(event.code_status, 'unknown') <> 'split'
                    or list_contains(event.successor_codes, boundary.grid_code)
                )
                then 'point'
            when event.code_status is not null then 'lineage'
            else 'none'
        end as grid_resolution
    from {{ ref('int_grid_event_unplaced') }} as event
    left join {{ ref('int_grid_event_point') }} as point on event.event_id = point.event_id
    left join {{ ref('int_grid_boundary') }} as boundary on point.boundary_id = boundary.boundary_id
),

resolved as (
    select
        * exclude (resolved_grid_code),
        if(grid_resolution = 'point', point_grid_code, resolved_grid_code) as resolved_grid_code
    from located
),

placed as (
    select
        resolved.* exclude (community_code, street_code),
        coalesce(
            grid.community_code,
            resolved.community_code,
            -- No grid is known, but the first twelve digits may be a community that is.
            if(resolved.code_status is null, named.community_code, null)
        ) as community_code,
        coalesce(grid.street_code, resolved.street_code) as known_street_code
    from resolved
    left join {{ ref('dim_grid') }} as grid
        on
            resolved.resolved_grid_code = grid.grid_code
            and resolved.reported_date between grid.valid_from and coalesce(grid.valid_to, date '9999-12-31')
    left join community as named on left(resolved.grid_code, 12) = named.community_code
),

final as (
    select
        placed.event_no,
        placed.grid_code,
        placed.reported_date,
        placed.resolved_grid_code,
        placed.community_code,
        coalesce(placed.known_street_code, community.street_code, placed.area_code) as street_code,
        placed.grid_resolution,
        case
            when placed.lon is null or placed.lat is null then 'no_point'
            when not placed.has_point then 'unknown_crs'
            when placed.point_grid_code = placed.resolved_grid_code then 'inside'
            when placed.point_grid_code is not null then 'other_grid'
            when not placed.is_near_a_grid and register.is_drawn then 'outside_city'
            when placed.is_drawn then 'no_grid'
            else 'no_boundary'
        end as point_status,
        placed.point_grid_code,
        cast(round(placed.distance_m) as bigint) as distance_m,
        placed.lon_cgcs2000,
        placed.lat_cgcs2000
    from placed
    cross join register
    left join community on placed.community_code = community.community_code
)

select * from final
