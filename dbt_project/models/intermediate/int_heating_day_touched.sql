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
        bool_or(touched.kind = 'station' and touched.touched_date = reading_day.business_date) as is_station
    from reading_day
    inner join touched
        on
            reading_day.kind = touched.kind
            and reading_day.business_date between touched.touched_date - 2 and touched.touched_date + 2
    group by reading_day.business_date
),

final as (
    select
        reading_day.business_date as touched_date,
        coalesce(bool_or(near.is_room), false) as is_room,
        coalesce(bool_or(near.is_near_room), false) as is_near_room,
        coalesce(bool_or(near.is_station), false) as is_station,
        date_trunc('month', reading_day.business_date) in (
            select date_trunc('month', month_of.touched_date)
            from near as month_of
            where month_of.is_near_room
        ) as is_in_room_month
    from reading_day
    left join near on reading_day.business_date = near.touched_date
    group by reading_day.business_date
)

select * from final
