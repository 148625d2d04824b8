-- One row per feed and period of which it had to speak: whether news of it came, came in time, and came whole.
-- Judged by the order of deliveries always, by the clock only from the first landing on: older files were loaded later.

with spoken as (
    select
        day.feed,
        day.business_date,
        delivery.batch_seq
    from {{ ref('stg_delivery_day') }} as day
    inner join {{ ref('stg_delivery') }} as delivery on day.feed = delivery.feed and day.batch_id = delivery.batch_id
),

first_spoken as (
    select
        feed,
        business_date,
        min(batch_seq) as batch_seq
    from spoken
    group by feed, business_date
),

-- The newest day that had been told of before each delivery.
told_before as (
    select
        feed,
        batch_seq,
        max(max(business_date)) over (
            partition by feed order by batch_seq rows between unbounded preceding and 1 preceding
        ) as newest_date
    from spoken
    group by feed, batch_seq
),

heard as (
    select
        due.feed,
        due.period_start,
        min(first_spoken.batch_seq) as batch_seq
    from {{ ref('int_quality_due') }} as due
    inner join first_spoken
        on
            due.feed = first_spoken.feed
            and due.period_start <= first_spoken.business_date
            and due.period_end >= first_spoken.business_date
    group by due.feed, due.period_start
),

judged as (
    select
        due.*,
        delivery.recorded_at,
        delivery.received_count,
        delivery.quarantined_count,
        delivery.feed is null as is_missing,
        coalesce(
            cast(told_before.newest_date as timestamp) > due.due_at
            or (delivery.recorded_at > due.due_at and due.due_at >= service.began_at),
            false
        ) as is_late
    from {{ ref('int_quality_due') }} as due
    cross join (select min(recorded_at) as began_at from {{ ref('stg_delivery') }}) as service
    left join heard on due.feed = heard.feed and due.period_start = heard.period_start
    left join {{ ref('stg_delivery') }} as delivery
        on heard.feed = delivery.feed and heard.batch_seq = delivery.batch_seq
    left join told_before on heard.feed = told_before.feed and heard.batch_seq = told_before.batch_seq
),

final as (
    select
        feed,
        name_zh as feed_name_zh,
        name_en as feed_name_en,
        cadence,
        period_start,
        period_end,
        due_at,
        due_at > as_of as is_not_yet_due,
        is_missing,
        is_late,
        not is_missing and not is_late as is_on_time,
        recorded_at as first_recorded_at,
        received_count,
        quarantined_count,
        -- Rows kept of those received. A file whose rows are not those of its manifest was refused and is missing here.
        cast({{ safe_ratio('received_count - quarantined_count', 'received_count') }} as decimal(18, 4)) as kept_share
    from judged
)

select * from final
