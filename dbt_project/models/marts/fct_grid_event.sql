-- One row per grid event, placed in its street, district and administering region; no token.
with final as (
    select
        event.event_no,
        event.grid_code,
        event.item_code,
        event.severity,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        event.area_resolution,
        event.status,
        event.is_self_handled,
        event.reported_at,
        event.due_at,
        event.handled_at,
        event.closed_at,
        event.updated_at
    from {{ ref('stg_grid_event') }} as event
    left join {{ ref('dim_area') }} as area on event.area_code = area.area_code
)

select * from final
