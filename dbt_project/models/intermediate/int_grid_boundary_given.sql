-- One row per span of days in which a grid is in use and its boundary is given: as the register wrote it.
with kept as (
    select
        grid_code,
        valid_from,
        -- A change that sends no boundary along leaves it as it was.
        last_value(boundary ignore nulls) over history as boundary,
        last_value(if(boundary is null, null, coalesce(boundary_crs, 'unknown')) ignore nulls) over history as crs
    from {{ ref('stg_grid_register') }}
    window history as (partition by grid_code order by valid_from rows unbounded preceding)
),

final as (
    select
        row_number() over (order by grid.grid_code, grid.valid_from) as boundary_id,
        grid.grid_code,
        grid.valid_from,
        coalesce(grid.valid_to, date '9999-12-31') as valid_to,
        kept.boundary,
        kept.crs
    from {{ ref('dim_grid') }} as grid
    inner join kept on grid.grid_code = kept.grid_code and grid.valid_from = kept.valid_from
    where grid.is_in_use and kept.boundary is not null
)

select * from final
