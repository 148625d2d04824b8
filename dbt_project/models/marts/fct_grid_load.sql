-- One row per month and area: how many grids stand on its last day, how large they are and who serves them.
-- Workers are set against both bases, general grids and all grids: one count reads 1.04 or 0.96
-- (docs/grid-method.md, 2).
{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ take_out_read_months() }}"
) }}
{%- set levels = ['district', 'region', 'street'] %}

with grid as (
    select
        in_force.*,
        policy.oversize_households,
        served.grid_code is not null as is_served
    from {{ ref('int_grid_in_force') }} as in_force
    inner join {{ ref('int_grid_policy_month') }} as policy on in_force.month_start = policy.month_start
    left join (
        select distinct
            month_start,
            grid_code
        from {{ ref('int_grid_worker_in_force') }}
    ) as served on in_force.month_start = served.month_start and in_force.grid_code = served.grid_code
    where in_force.month_start in (select anew.month_start from {{ ref('int_grid_month_read') }} as anew)
),

worker as (
    select * from {{ ref('int_grid_worker_in_force') }}
    where is_counted and month_start in (select anew.month_start from {{ ref('int_grid_month_read') }} as anew)
),

loaded as (
    select
        month_start,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        count(*) as grid_count,
        count(*) filter (where grid_kind = 'general') as general_grid_count,
        count(*) filter (where grid_kind <> 'general') as dedicated_grid_count,
        count(*) filter (where not is_served) as unserved_grid_count,
        cast(sum(households) filter (where grid_kind = 'general') as bigint) as household_count,
        -- Households that some grid really has: no half households between two grids.
        cast(quantile_disc(households, 0.5) filter (where grid_kind = 'general') as bigint) as households_p50,
        cast(quantile_disc(households, 0.9) filter (where grid_kind = 'general') as bigint) as households_p90,
        count(*) filter (where grid_kind = 'general' and households > oversize_households) as oversized_grid_count
    from grid
    group by {{ by_area_levels(['month_start'], levels) }}
    having {{ known_area(levels) }}
),

staffed as (
    select
        month_start,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        count(*) as worker_count,
        count(*) filter (where post <> 'part_time') as full_time_worker_count,
        count(*) filter (where education in ('bachelor', 'postgraduate')) as bachelor_worker_count
    from worker
    group by {{ by_area_levels(['month_start'], levels) }}
    having {{ known_area(levels) }}
),

-- Before the first row of the register of workers their number is unknown, not zero.
known as (
    select min(month_start) as first_month
    from {{ ref('int_grid_worker_in_force') }}
),

counted as (
    select
        loaded.* exclude (unserved_grid_count),
        loaded.month_start >= known.first_month as is_known,
        if(is_known, loaded.unserved_grid_count, null) as unserved_grid_count,
        if(is_known, coalesce(staffed.worker_count, 0), null) as worker_count,
        if(is_known, coalesce(staffed.full_time_worker_count, 0), null) as full_time_worker_count,
        if(is_known, coalesce(staffed.bachelor_worker_count, 0), null) as bachelor_worker_count
    from loaded
    cross join known
    left join staffed
        on
            loaded.month_start = staffed.month_start
            and loaded.area_level = staffed.area_level
            and loaded.area_code = staffed.area_code
),

final as (
    select
        * exclude (is_known),
        {{ safe_ratio('oversized_grid_count', 'general_grid_count') }} as oversized_grid_share,
        {{ safe_ratio('worker_count', 'grid_count') }} as workers_per_grid,
        {{ safe_ratio('worker_count', 'general_grid_count') }} as workers_per_general_grid
    from counted
)

select * from final
