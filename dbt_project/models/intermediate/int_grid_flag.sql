-- One row per rule and row of grids, workers or the points ledger that breaks it: kept and counted, but shown to the
-- office that can repair it. Never a token: a worker is named by his grid, an account by the entry.
with entry as (
    select
        unnest(list_filter([
            if(not is_balanced, 'entry_does_not_balance', null),
            if(is_overdrawing, 'account_overdrawn', null),
            if(is_self_rated, 'rated_by_oneself', null)
        ], lambda rule: rule is not null)) as rule_code,
        entry_no,
        booked_at,
        street_code,
        district_code,
        region_code
    from {{ ref('int_points_entry') }}
    where not is_balanced or is_overdrawing or is_self_rated
),

serving as (
    select
        *,
        first_value(grid_code) over (partition by worker_token order by valid_from desc, grid_code asc)
            as main_grid_code,
        max(valid_from) over (partition by worker_token) as main_valid_from
    from {{ ref('int_grid_worker_span') }}
    where valid_to is null and is_on_duty
),

standing as (
    select grid_code
    from {{ ref('dim_grid') }}
    where valid_to is null and is_in_use
),

worker as (
    select
        'worker_in_unknown_grid' as rule_code,
        grid_code,
        cast(null as varchar) as related_code,
        valid_from,
        area_code
    from serving
    -- A city that does not deliver the register of grids is not at fault a thousand times.
    where
        grid_code not in (select standing.grid_code from standing)
        and exists (select 1 from {{ ref('dim_grid') }})
    union all
    select
        'worker_in_two_grids' as rule_code,
        main_grid_code as grid_code,
        grid_code as related_code,
        main_valid_from as valid_from,
        area_code
    from serving
    where grid_code <> main_grid_code
),

item as (
    select
        event.event_no,
        event.item_code,
        event.reported_at,
        event.street_code,
        event.district_code,
        event.region_code
    from {{ ref('fct_grid_event') }} as event
    where
        event.item_code not in (select known.item_code from {{ ref('dim_grid_item') }} as known)
        and exists (select 1 from {{ ref('dim_grid_item') }})
),

final as (
    select
        rule_code,
        'capacity_points_entry' as feed,
        entry_no as subject_code,
        cast(null as varchar) as related_code,
        cast(booked_at as date) as flagged_date,
        street_code,
        district_code,
        region_code
    from entry
    union all by name
    -- Several workers of one grid are one row: what is to be repaired is the grid's line in the register.
    select
        worker.rule_code,
        'grid_worker' as feed,
        worker.grid_code as subject_code,
        worker.related_code,
        max(worker.valid_from) as flagged_date,
        any_value(area.area_code) as street_code,
        any_value(area.statutory_district_code) as district_code,
        any_value(area.region_code) as region_code
    from worker
    left join {{ ref('dim_area') }} as area on worker.area_code = area.area_code
    group by worker.rule_code, worker.grid_code, worker.related_code
    union all by name
    select
        'unknown_grid_item' as rule_code,
        'grid_event' as feed,
        event_no as subject_code,
        item_code as related_code,
        cast(reported_at as date) as flagged_date,
        street_code,
        district_code,
        region_code
    from item
)

select * from final
