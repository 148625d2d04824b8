-- One row per feed: how often it promised to come, and how long after the thing itself its news may arrive.
with parsed as (
    select
        feed,
        name_zh,
        name_en,
        domain,
        schedule,
        late_after_hours,
        split_part(schedule, ' ', 1) as word,
        coalesce(try_cast(regexp_extract(schedule, '([0-9]{2}:[0-9]{2})$', 1) as time), time '00:00') as at_time,
        split_part(schedule, ' ', 2) as on_day
    from {{ source('landing', 'promise') }}
),

final as (
    select
        feed,
        name_zh,
        name_en,
        domain,
        -- What comes by the hour or without pause is asked for by the day.
        case when word in ('continuous', 'hourly') then 'daily' else word end as cadence,
        if(word in ('daily', 'weekly', 'monthly'), at_time, time '00:00') as at_time,
        if(
            word = 'weekly',
            list_position(
                ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'], on_day
            ),
            null
        ) as iso_weekday,
        if(word = 'monthly', try_cast(on_day as bigint), null) as day_of_month,
        -- Lateness is said of the newest day a feed speaks of, up to the delivery after the next. A month is named by
        -- its first day: it is two months old, and the days until its report besides, when the next comes.
        greatest(late_after_hours - case word
            when 'daily' then 24
            when 'weekly' then 168
            when 'monthly' then 1488 + 24 * coalesce(try_cast(on_day as bigint), 1)
            else 0
        end, 0) as grace_hours
    from parsed
    -- A feed that sends nothing while nothing changes cannot be late: it allows itself to miss a period.
    where
        late_after_hours <= case word
            when 'daily' then 96
            when 'weekly' then 336
            when 'monthly' then 2232
            when 'continuous' then 48
            when 'hourly' then 48
        end
)

select * from final
