-- One row per grid event, placed in its grid, community, street, district and administering region; no token.
-- depends_on: {{ ref('int_grid_event_unplaced') }}
-- depends_on: {{ ref('int_grid_due_month') }}
{{ config(
    meta={'rows_by': 'reported_at'},
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('event_no in (select anew.event_no from ' ~ ref('int_grid_event_unplaced') ~ ' as anew)') }}"
) }}

with final as (
    select
        event.event_no,
        event.grid_code,
        place.resolved_grid_code,
        place.community_code,
        event.item_code,
        event.severity,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        case when area.area_code is null then 'none' else 'street' end as area_resolution,
        place.grid_resolution,
        place.point_status,
        event.status,
        event.is_self_handled,
        event.reported_at,
        event.due_at,
        event.handled_at,
        event.closed_at,
        event.updated_at
    from {{ ref('stg_grid_event') }} as event
    inner join {{ ref('int_grid_event_place') }} as place on event.event_no = place.event_no
    left join {{ ref('dim_area') }} as area on place.street_code = area.area_code
    {%- if is_incremental() %}
    where event.event_no in (select anew.event_no from {{ ref('int_grid_event_unplaced') }} as anew)
    {%- endif %}
)

select * from final
