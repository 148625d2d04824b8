-- One row per callback of a case, in vain or answered: its grade with the weight of that day, and which one counts.
{{ config(
    meta={'rows_by': 'callback_at'},
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}"
) }}

with callback as (
    select
        event.case_id,
        event.platform,
        event.cycle_no,
        event.event_seq,
        event.occurred_at as callback_at,
        event.event_type = 'callback_result'
        and coalesce(event.is_connected, true)
        and coalesce(event.grade, '') <> 'unreachable' as is_connected,
        event.is_contacted,
        if(event.event_type = 'callback_result', event.is_solved, null) as is_solved,
        event.is_truthful,
        if(event.event_type = 'callback_result', event.grade, null) as grade,
        if(event.event_type = 'callback_result', weight.weight, null) as weight
    from {{ ref('int_hotline_event_changed') }} as event
    left join {{ ref('satisfaction_weight') }} as weight
        on
            event.grade = weight.grade
            and cast(event.occurred_at as date) >= weight.valid_from
            and cast(event.occurred_at as date) <= coalesce(weight.valid_to, date '9999-12-31')
    where event.event_type in ('callback_attempted', 'callback_result')
),

final as (
    select
        *,
        is_solved is not null
        and row_number() over (partition by case_id, is_solved is not null order by event_seq) = 1 as is_first_answer,
        is_solved is not null
        and row_number() over (partition by case_id, is_solved is not null order by event_seq desc) = 1
            as is_last_answer,
        weight is not null
        and row_number() over (partition by case_id, weight is not null order by event_seq) = 1 as is_first_grade,
        weight is not null
        and row_number() over (partition by case_id, weight is not null order by event_seq desc) = 1 as is_last_grade
    from callback
)

select * from final
