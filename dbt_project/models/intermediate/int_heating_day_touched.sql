-- One row per day whose readings are taken anew: new readings came for it, or the register changed what they mean.
-- `is_near_room`: two days on either side as well, for a sensor that stands still there may do so because of this day.
-- `is_in_room_month`: all days of their months, for a point that is in no register is expected as long as it appears.
with delivered as (
    select
        if(feed like 'heating_room%', 'room', 'station') as kind,
        feed in ('heating_room_point', 'heating_station') as is_register,
        feed,
        batch_id,
        business_date
    from {{ ref('stg_delivery_day') }}
    where feed like 'heating_room%' or feed like 'heating_station%'
),

delivered_anew as (
    select delivered.*
    from delivered
    inner join {{ ref('int_heating_batch_new') }} as batch
        on delivered.feed = batch.feed and delivered.batch_id = batch.batch_id
    where
        -- Of a delivery that somebody asked for again, the days asked for.
        batch.is_asked is not true
        or (delivered.feed, delivered.batch_id, delivered.business_date) in (
            select (asked.feed, asked.batch_id, asked.business_date) from {{ ref('stg_recompute_day') }} as asked
        )
),

reading_day as (
    select distinct
        kind,
        business_date
    from delivered
    where not is_register
),

-- A row of a register holds from its day on.
changed_from as (
    select
        kind,
        min(business_date) as first_date
    from delivered_anew
    where is_register
    group by kind
),

touched as (
    select
        kind,
        business_date as touched_date
    from delivered_anew
    where not is_register
    union
    select
        reading_day.kind,
        reading_day.business_date as touched_date
    from reading_day
    inner join changed_from on reading_day.kind = changed_from.kind
    where reading_day.business_date >= changed_from.first_date
),

near as (
    select
        reading_day.business_date as touched_date,
        bool_or(touched.kind = 'room' and touched.touched_date = reading_day.business_date) as is_room,
        bool_or(touched.kind = 'room') as is_near_room,
        -- A stop that goes on over midnight is no new one: the day after is counted again.
        bool_or(touched.kind = 'station' and reading_day.business_date - touched.touched_date in (0, 1)) as is_station
    from reading_day
    inner join touched
        on
            reading_day.kind = touched.kind
            and reading_day.business_date between touched.touched_date - 2 and touched.touched_date + 2
    group by reading_day.business_date
),

-- The day that was the last one before: its hours have all passed now.
last_before as (
    select max(reading_day.business_date) as touched_date
    from touched
    inner join reading_day on touched.kind = reading_day.kind and touched.touched_date > reading_day.business_date
    where touched.kind = 'room'
    group by touched.touched_date
),

touched_month as (
    select date_trunc('month', touched_date) as month_start
    from near
    where is_near_room
    union
    select date_trunc('month', touched_date) as month_start
    from last_before
),

final as (
    select
        reading_day.business_date as touched_date,
        coalesce(bool_or(near.is_room), false) as is_room,
        coalesce(bool_or(near.is_near_room), false) as is_near_room,
        coalesce(bool_or(near.is_station), false) as is_station,
        date_trunc('month', reading_day.business_date) in (select touched_month.month_start from touched_month)
            as is_in_room_month
    from reading_day
    left join near on reading_day.business_date = near.touched_date
    group by reading_day.business_date
)

select * from final
