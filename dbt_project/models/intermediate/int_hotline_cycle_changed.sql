-- One row per cycle of a changed case: from its opening to its first finish (docs/hotline-method.md, 2).
with fold as (
    select
        case_id,
        platform,
        cycle_no,
        min(min(occurred_at)) over (partition by case_id) as first_at,
        min(min(occurred_at) filter (where event_type = 'received')) over (partition by case_id) as received_at,
        min(occurred_at) filter (where event_type = 'reopened') as reopened_at,
        min(occurred_at) filter (where event_type = 'dispatched') as dispatched_at,
        min(event_seq) filter (where event_type = 'dispatched') as dispatched_seq,
        min(occurred_at) filter (where event_type = 'answered') as answered_at,
        min(event_seq) filter (where event_type = 'answered') as answered_seq,
        min(occurred_at) filter (where event_type = 'finished') as finished_at,
        min(event_seq) filter (where event_type = 'finished') as finished_seq,
        min(occurred_at) filter (where event_type = 'replied') as replied_at,
        -- The last deadline that a dispatch of the cycle states; that of the receipt where nothing was dispatched.
        arg_max(due_at, event_seq) filter (where event_type = 'dispatched' and due_at is not null) as dispatch_due_at,
        arg_max(due_at, event_seq) filter (where event_type = 'received' and due_at is not null) as receipt_due_at
    from {{ ref('int_hotline_event_changed') }}
    group by case_id, platform, cycle_no
),

ended as (
    select
        *,
        coalesce(
            cycle_no = 1
            and answered_seq < coalesce(dispatched_seq, 1000000)
            and answered_seq < coalesce(finished_seq, 1000000),
            false
        ) as is_answered
    from fold
),

final as (
    select
        ended.case_id,
        ended.platform,
        ended.cycle_no,
        if(
            ended.cycle_no = 1,
            coalesce(register.received_at, ended.received_at, ended.first_at),
            ended.reopened_at
        ) as opened_at,
        case
            when ended.cycle_no > 1 then ended.reopened_at
            when ended.dispatched_at is not null or ended.receipt_due_at is null then ended.dispatched_at
            else coalesce(register.received_at, ended.received_at)
        end as clock_started_at,
        ended.cycle_no > 1 or ended.dispatched_at is not null as is_ruled,
        if(ended.is_answered, ended.answered_at, ended.finished_at) as finished_at,
        ended.is_answered,
        ended.replied_at,
        if(ended.dispatched_at is null, ended.receipt_due_at, ended.dispatch_due_at) as stated_due_at
    from ended
    left join {{ ref('int_hotline_register') }} as register on ended.case_id = register.case_id
)

select * from final
