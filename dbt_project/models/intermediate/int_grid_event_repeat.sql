-- One row per event of a touched grid and month that repeats an earlier one: same grid, same item, within a day, and
-- the same photograph or no farther than 50 m (docs/grid-method.md, 3).
with candidate as (
    -- Most events have no other of their item in their grid within a day: only the few that do are looked at closely.
    select *
    from {{ ref('int_grid_event_asked') }}
    window grid_item as (partition by grid_code, item_code order by reported_at, event_no)
    qualify
        reported_at <= lag(reported_at) over grid_item + near_duplicate_wait
        or reported_at >= lead(reported_at - near_duplicate_wait) over grid_item
),

placed as (
    select
        *,
        cast(lon_cgcs2000 as double) as x,
        cast(lat_cgcs2000 as double) as y,
        -- Cells so small that two points of one lie within the distance, wherever in it they are.
        floor(x * 111195 / (near_duplicate_metres * 0.7)) as cell_x,
        floor(y * 111195 / (near_duplicate_metres * 0.7)) as cell_y
    from candidate
),

compared as (
    select
        *,
        if(photo_hash is null, null, lag((reported_at, event_no)) over photo) as same_photo,
        if(cell_x is null or cell_y is null, null, lag((reported_at, event_no)) over cell) as same_cell
    from placed
    window
        photo as (partition by grid_code, item_code, photo_hash order by reported_at, event_no),
        cell as (
            partition by grid_code, item_code, near_duplicate_metres, cell_x, cell_y order by reported_at, event_no
        )
),

matched as (
    select
        *,
        case
            when reported_at <= same_photo[1] + near_duplicate_wait then same_photo[2]
            when reported_at <= same_cell[1] + near_duplicate_wait then same_cell[2]
        end as same_event_no
    from compared
),

-- Only the first of each cell is compared with the neighbours, so a hot spot never costs the square of its events.
first_of_cell as (
    select
        event_no,
        grid_code,
        item_code,
        reported_at,
        near_duplicate_wait,
        near_duplicate_metres,
        x,
        y,
        cast(reported_at as date)
        - cast(unnest(range(0, 1 + datediff('day', reported_at - near_duplicate_wait, reported_at))) as int) as day_date
    from matched
    where is_touched and same_event_no is null and cell_x is not null and cell_y is not null
),

near as (
    select
        first_of_cell.event_no,
        arg_max(earlier.event_no, (earlier.reported_at, earlier.event_no)) as repeats_event_no
    from first_of_cell
    inner join matched as earlier
        on
            first_of_cell.grid_code = earlier.grid_code
            and first_of_cell.item_code = earlier.item_code
            and first_of_cell.day_date = cast(earlier.reported_at as date)
    where
        first_of_cell.reported_at <= earlier.reported_at + first_of_cell.near_duplicate_wait
        and (earlier.reported_at, earlier.event_no) < (first_of_cell.reported_at, first_of_cell.event_no)
        -- Degrees as metres: flat enough over so short a way.
        and sqrt(
            pow((first_of_cell.x - earlier.x) * cos(radians(first_of_cell.y)), 2)
            + pow(first_of_cell.y - earlier.y, 2)
        ) * 111195 <= first_of_cell.near_duplicate_metres
    group by first_of_cell.event_no
),

final as (
    select
        event_no,
        same_event_no as repeats_event_no
    from matched
    where is_touched and same_event_no is not null
    union all
    select
        event_no,
        repeats_event_no
    from near
)

select * from final
