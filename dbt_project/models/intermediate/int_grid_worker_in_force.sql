-- One row per month, worker and grid served on its last day. A worker of two grids is one person, counted where he went
-- last.
{{ config(
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_read_months() }}"
) }}

with final as (
    select
        month_end.month_start,
        span.worker_token,
        span.grid_code,
        span.post,
        span.age_band,
        span.education,
        -- A grid that no register knows lies at least in the street its code begins with.
        coalesce(grid.street_code, area.area_code) as street_code,
        coalesce(grid.district_code, area.statutory_district_code) as district_code,
        coalesce(grid.region_code, area.region_code) as region_code,
        grid.grid_code is not null as is_known_grid,
        row_number() over (
            partition by month_end.month_start, span.worker_token order by span.valid_from desc, span.grid_code asc
        ) = 1 as is_counted
    from {{ ref('int_grid_month_read') }} as month_end
    inner join {{ ref('int_grid_worker_span') }} as span
        on month_end.day_date >= span.valid_from and month_end.day_date <= coalesce(span.valid_to, date '9999-12-31')
    left join {{ ref('int_grid_in_force') }} as grid
        on month_end.month_start = grid.month_start and span.grid_code = grid.grid_code
    left join {{ ref('dim_area') }} as area on span.area_code = area.area_code
    where span.is_on_duty
)

select * from final
