-- One row per grid code and span of days: what the code means then. Covers all days, before and after the grid's own.
-- `successor_codes`: the grids in force that came out of a code which is in force no more.
with grid as (
    select
        * exclude (valid_to),
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('dim_grid') }}
),

meant as (
    select
        grid_code,
        grid_code as descendant_code,
        date '0001-01-01' as since_date
    from {{ ref('int_grid_lineage') }}
    union all
    select
        grid_code,
        descendant_code,
        since_date
    from {{ ref('int_grid_descent') }}
),

change as (
    select
        meant.grid_code,
        greatest(meant.since_date, coalesce(grid.valid_from, meant.since_date)) as valid_from
    from meant
    left join grid on meant.descendant_code = grid.grid_code
    union
    select
        grid_code,
        date '0001-01-01' as valid_from
    from meant
),

span as (
    select
        grid_code,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by grid_code order by valid_from) - 1, date '9999-12-31'
        ) as valid_to
    from change
),

in_force as (
    select
        span.grid_code,
        span.valid_from,
        span.valid_to,
        meant.descendant_code,
        meant.descendant_code = span.grid_code as is_itself,
        grid.community_code,
        grid.street_code
    from span
    inner join meant on span.grid_code = meant.grid_code and span.valid_from >= meant.since_date
    inner join grid
        on
            meant.descendant_code = grid.grid_code and grid.is_in_use
            and span.valid_from between grid.valid_from and grid.valid_to
    -- A grid that is in force speaks for itself, whatever was cut out of it.
    qualify is_itself or not bool_or(is_itself) over (partition by span.grid_code, span.valid_from)
),

resolved as (
    select
        grid_code,
        valid_from,
        list(descendant_code order by descendant_code) as successor_codes,
        bool_or(is_itself) as is_itself,
        if(count(*) = 1, any_value(descendant_code), null) as resolved_grid_code,
        if(count(distinct community_code) = 1, any_value(community_code), null) as community_code,
        if(count(distinct street_code) = 1, any_value(street_code), null) as street_code
    from in_force
    group by grid_code, valid_from
),

-- Where nothing is in force: the register's last word on the code.
last_word as (
    select
        grid_code,
        arg_max(community_code, valid_from) as community_code,
        arg_max(street_code, valid_from) as street_code
    from grid
    group by grid_code
),

final as (
    select
        span.grid_code,
        span.valid_from,
        span.valid_to,
        case
            when resolved.is_itself then 'in_force'
            when resolved.resolved_grid_code is not null then 'successor'
            when resolved.grid_code is not null then 'split'
            else 'not_in_force'
        end as code_status,
        resolved.resolved_grid_code,
        resolved.successor_codes,
        lineage.lineage_code,
        if(resolved.grid_code is null, last_word.community_code, resolved.community_code) as community_code,
        if(resolved.grid_code is null, last_word.street_code, resolved.street_code) as street_code
    from span
    inner join {{ ref('int_grid_lineage') }} as lineage on span.grid_code = lineage.grid_code
    left join resolved on span.grid_code = resolved.grid_code and span.valid_from = resolved.valid_from
    left join last_word on span.grid_code = last_word.grid_code
)

select * from final
