-- One row per grid or grid worker and span of days in force: what the grid registers hold.
with grid as (
    select
        unnest(['grid.' || grid_kind, 'grid.all']) as register_code,
        valid_from,
        valid_to,
        district_code,
        region_code
    from {{ ref('dim_grid') }}
    where is_in_use
),

final as (
    select
        *,
        cast(1 as decimal(18, 2)) as quantity,
        cast(null as varchar) as subject
    from grid
    union all by name
    -- Whoever serves two grids is one worker.
    select
        'worker.grid' as register_code,
        worker.valid_from,
        worker.valid_to,
        area.statutory_district_code as district_code,
        area.region_code,
        cast(1 as decimal(18, 2)) as quantity,
        worker.worker_token as subject
    from {{ ref('int_grid_worker_span') }} as worker
    left join {{ ref('dim_area') }} as area on worker.area_code = area.area_code
    where worker.is_on_duty
    union all by name
    select
        item.register_code,
        item.valid_from,
        item.valid_to,
        cast(1 as decimal(18, 2)) as quantity,
        item.subject
    from (
        select
            valid_from,
            valid_to,
            unnest(['grid_item.item', 'grid_item.department']) as register_code,
            unnest([item_code, department_code]) as subject
        from {{ ref('dim_grid_item') }}
    ) as item
)

select * from final
