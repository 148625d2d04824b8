-- One row per pause of a changed case: from suspension to the next resumption of the same cycle, NULL while it lasts.
with switch as (
    select
        case_id,
        cycle_no,
        event_seq,
        event_type,
        occurred_at,
        lag(event_type) over switches as event_before,
        min(occurred_at) filter (where event_type = 'resumed') over (
            partition by case_id, cycle_no order by event_seq rows between 1 following and unbounded following
        ) as resumed_at
    from {{ ref('int_hotline_event_changed') }}
    where event_type in ('suspended', 'resumed')
    window switches as (partition by case_id, cycle_no order by event_seq)
),

final as (
    select
        case_id,
        cycle_no,
        event_seq,
        occurred_at as paused_at,
        resumed_at
    from switch
    where event_type = 'suspended' and event_before is distinct from 'suspended'
)

select * from final
