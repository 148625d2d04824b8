-- One row per grid code and code that came out of it, by whatever steps, with the day since when it did.
with recursive named as (
    select
        grid_code as successor,
        unnest(string_split(predecessors, ';')) as predecessor,
        valid_from
    from {{ ref('stg_grid_register') }}
    where predecessors is not null
),

made_of as (
    select
        successor,
        predecessor,
        min(valid_from) as since_date
    from named
    group by successor, predecessor
),

descent as (
    select
        predecessor as grid_code,
        successor as descendant_code,
        since_date
    from made_of
    where predecessor <> successor
    union
    -- Without repetition, so that a circle of predecessors ends.
    select
        descent.grid_code,
        made_of.successor as descendant_code,
        greatest(descent.since_date, made_of.since_date) as since_date
    from descent
    inner join made_of on descent.descendant_code = made_of.predecessor
    where descent.grid_code <> made_of.successor
),

final as (
    select
        grid_code,
        descendant_code,
        min(since_date) as since_date
    from descent
    group by grid_code, descendant_code
)

select * from final
