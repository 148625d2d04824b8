-- One row per grid event: what its honesty is judged by. A view, so that only the grids in question are read.
{{ config(materialized='view') }}

with final as (
    select
        event_no,
        grid_code,
        item_code,
        area_code,
        reported_at,
        cast(date_trunc('month', reported_at) as date) as month_start,
        closed_at,
        is_self_handled,
        lon,
        lat,
        crs,
        photo_hash
    from {{ ref('stg_grid_event') }}
)

select * from final
