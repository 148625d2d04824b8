-- One row per month for which the registers of grids and workers are read in this run: all months when a register
-- brought something, else the month that runs, those not read yet, and those of days somebody asked for.
-- depends_on: {{ ref('int_grid_batch_new') }}
-- depends_on: {{ ref('stg_recompute_day') }}
{%- set read = left_by_last_build('intermediate', 'int_grid_in_force') %}

with final as (
    select
        month_end.month_start,
        month_end.day_date
    from {{ ref('int_month_end') }} as month_end
    {%- if read %}
    where
        exists (
            select 1
            from {{ ref('int_grid_batch_new') }} as batch
            where batch.feed in ('grid_register', 'grid_worker', 'capacity_community')
        )
        or month_end.month_start not in (
            select before.month_start
            from {{ read }} as before
            where before.month_start < (select max(last_read.month_start) from {{ read }} as last_read)
        )
        or month_end.month_start in (
            select cast(date_trunc('month', asked.business_date) as date)
            from {{ ref('stg_recompute_day') }} as asked
            where asked.feed like 'grid%' or asked.feed in ('capacity_community', 'capacity_points_entry')
        )
    {%- endif %}
)

select * from final
