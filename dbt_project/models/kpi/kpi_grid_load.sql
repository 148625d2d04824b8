-- One row per KPI of grids and their workers, street, month and exclusion reason: what they add to each figure.
with worker as (
    select * from {{ ref('int_grid_worker_in_force') }}
    where is_counted
),

known as (
    select min(month_start) as first_month
    from worker
),

-- Grids are the base and are received; workers only add to the sum. Before the first worker there is no figure.
staffing as (
    select
        'grid_worker' as feed,
        grid.month_start,
        grid.grid_kind,
        grid.street_code,
        grid.district_code,
        grid.region_code,
        true as is_grid
    from {{ ref('int_grid_in_force') }} as grid
    inner join known on grid.month_start >= known.first_month
    union all by name
    select
        'grid_worker' as feed,
        month_start,
        street_code,
        district_code,
        region_code,
        false as is_grid
    from worker
),

general_staffing as (
    select * from staffing
    where not is_grid or grid_kind = 'general'
),

sized as (
    select
        'grid_register' as feed,
        grid.*,
        policy.oversize_households
    from {{ ref('int_grid_in_force') }} as grid
    inner join {{ ref('int_grid_policy_month') }} as policy on grid.month_start = policy.month_start
),

final as (
    {{ contribution(
        'staffing', "'grid.workers_per_grid'", day='month_start', hit='cast(not is_grid as int)',
        base='cast(is_grid as int)', received='is_grid', in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'general_staffing', "'grid.workers_per_general_grid'", day='month_start', hit='cast(not is_grid as int)',
        base='cast(is_grid as int)', received='is_grid', in_day='false'
    ) }}
    union all by name
    {# A dedicated grid is an enterprise or a school: it has no households to be too many. #}
    {{ contribution(
        'sized', "'grid.oversized_grid_share'", day='month_start', hit='cast(households > oversize_households as int)',
        reason="if(grid_kind <> 'general', 'X06', null)", in_day='false'
    ) }}
)

select * from final
