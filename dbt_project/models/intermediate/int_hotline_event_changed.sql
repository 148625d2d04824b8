-- One row per lifecycle event of a case to be folded anew, in order, with its cycle. Events of a case without any in
-- the event feed are read off the versions of its state export (docs/hotline-method.md, 1 and 2).
with given as (
    select
        'city' as platform,
        *
    from {{ ref('stg_hotline_city_event') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    union all by name
    select
        'province' as platform,
        *
    from {{ ref('stg_hotline_province_event') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
),

delivered as (
    select
        * exclude (batch_id, batch_seq, row_no),
        false as is_derived
    from given
    qualify row_number() over (partition by case_id, event_no order by batch_seq desc, row_no desc) = 1
),

event as (
    select * from delivered
    union all by name
    select
        *,
        true as is_derived
    from {{ ref('int_hotline_event_derived') }}
    where case_id not in (select distinct delivered.case_id from delivered)
),

numbered as (
    select
        event.*,
        row_number() over (
            partition by event.case_id order by event.occurred_at, kind.event_order, event.event_no
        ) as event_seq
    from event
    inner join {{ ref('hotline_event_type') }} as kind on event.event_type = kind.event_type
),

-- Only a case that was ever reopened can have a second cycle.
returning_case as (
    select
        case_id,
        min(event_seq) filter (where event_type = 'answered') as answered_seq,
        coalesce(min(event_seq) filter (where event_type in ('dispatched', 'finished')), 1000000) as handled_seq
    from numbered
    group by case_id
    having count(*) filter (where event_type = 'reopened') > 0
),

turn as (
    select
        numbered.case_id,
        numbered.event_seq,
        coalesce(
            numbered.event_type = 'reopened'
            and lag(numbered.event_type) over (partition by numbered.case_id order by numbered.event_seq) <> 'reopened',
            false
        ) as opens_cycle
    from numbered
    inner join returning_case on numbered.case_id = returning_case.case_id
    where
        numbered.event_type in ('finished', 'reopened')
        -- A direct answer ends the first cycle when nothing was dispatched or finished before it.
        or (
            numbered.event_seq = returning_case.answered_seq
            and returning_case.answered_seq < returning_case.handled_seq
        )
),

cycled as (
    select
        numbered.case_id,
        numbered.event_seq,
        1 + count(*) filter (where turn.opens_cycle) over (
            partition by numbered.case_id order by numbered.event_seq
        ) as cycle_no
    from numbered
    inner join returning_case on numbered.case_id = returning_case.case_id
    left join turn on numbered.case_id = turn.case_id and numbered.event_seq = turn.event_seq
),

final as (
    select
        numbered.case_id,
        numbered.platform,
        numbered.event_seq,
        cast(coalesce(cycled.cycle_no, 1) as bigint) as cycle_no,
        numbered.event_no,
        numbered.event_type,
        numbered.occurred_at,
        numbered.unit_code,
        numbered.unit_name,
        numbered.unit_level,
        numbered.unit_role,
        numbered.due_at,
        numbered.extension_days,
        numbered.is_connected,
        numbered.is_contacted,
        numbered.is_solved,
        numbered.is_truthful,
        numbered.grade,
        numbered.related_case_id,
        numbered.reason_code,
        numbered.is_derived
    from numbered
    left join cycled on numbered.case_id = cycled.case_id and numbered.event_seq = cycled.event_seq
)

select * from final
