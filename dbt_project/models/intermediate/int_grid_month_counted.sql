-- One row per month whose figures of grids and points are counted anew: an event of it was judged anew, the registers
-- were read for it, or points were booked in it.
with final as (
    select month_start
    from {{ ref('int_grid_month_touched') }}
    union
    select month_start
    from {{ ref('int_grid_month_read') }}
    union
    select cast(date_trunc('month', booked_at) as date) as month_start
    from {{ ref('stg_capacity_points_entry') }}
    where entry_no in (select changed.entry_no from {{ ref('int_points_entry_changed') }} as changed)
)

select * from final
