-- One row per hotline case of either platform, its whole life in one row (accumulating snapshot); nothing personal.
-- depends_on: {{ ref('int_hotline_date_before') }}
-- depends_on: {{ ref('int_hotline_backlog_from') }}
{{ config(
    meta={'rows_by': 'received_at'},
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}"
) }}

with cycle as (
    select
        cycle.case_id,
        any_value(cycle.platform) as platform,
        max(cycle.cycle_no) as cycle_count,
        min(cycle.opened_at) filter (where cycle.cycle_no = 1) as received_at,
        min(cycle.finished_at) filter (where cycle.cycle_no = 1) as finished_at,
        min(cycle.opened_at) filter (where cycle.cycle_no = 2) as reopened_at,
        arg_max(cycle.finished_at, cycle.cycle_no) filter (where cycle.finished_at is not null) as last_finished_at,
        bool_and(cycle.finished_at is not null) as is_finished,
        min(cycle.replied_at) as replied_at,
        min(clock.due_at) filter (where cycle.cycle_no = 1) as due_at,
        min(clock.unextended_due_at) filter (where cycle.cycle_no = 1) as unextended_due_at,
        arg_max_null(clock.due_at, cycle.cycle_no) as last_due_at,
        min(clock.due_at) as earliest_due_at,
        bool_or(clock.is_provisional) as is_due_provisional,
        coalesce(
            bool_and(coalesce(cycle.finished_at <= clock.due_at, false)) filter (where clock.due_at is not null), false
        ) as is_on_time,
        coalesce(bool_or(cycle.finished_at <= clock.due_at) filter (where cycle.cycle_no = 1), false)
            as is_first_on_time,
        coalesce(bool_or(cycle.finished_at <= clock.unextended_due_at) filter (where cycle.cycle_no = 1), false)
            as is_unextended_on_time
    from {{ ref('int_hotline_cycle_changed') }} as cycle
    left join {{ ref('fct_sla_clock') }} as clock
        on cycle.case_id = clock.case_id and cycle.cycle_no = clock.cycle_no and clock.scope = 'case'
    group by cycle.case_id
),

contact as (
    select
        case_id,
        due_at as response_due_at
    from {{ ref('fct_sla_clock') }}
    where
        scope = 'contact'
        and case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
),

event as (
    select
        case_id,
        min(occurred_at) filter (where event_type = 'dispatched') as dispatched_at,
        -- Answered at the desk: before anything was dispatched.
        coalesce(
            min(event_seq) filter (where event_type = 'answered')
            < coalesce(min(event_seq) filter (where event_type = 'dispatched'), 1000000),
            false
        ) as is_answered,
        min(occurred_at) filter (where event_type = 'contacted') as contacted_at,
        min(occurred_at) filter (where event_type = 'signed') as signed_at,
        max(occurred_at) filter (where event_type = 'closed') as closed_at,
        count(*) filter (where event_type in ('dispatched', 'redispatched')) as dispatch_count,
        count(*) filter (where event_type = 'return_approved') as return_count,
        count(*) filter (where event_type = 'extension_approved') as extension_count,
        count(*) filter (where event_type = 'urged') as urge_count,
        count(*) filter (where event_type in ('callback_attempted', 'callback_result')) as callback_count,
        bool_or(event_type = 'supervised') as is_supervised,
        bool_or(event_type = 'marked_hard') as is_hard,
        bool_or(event_type = 'voided') as is_void,
        bool_or(event_type = 'out_of_jurisdiction' and reason_code is distinct from 'legal_channel') as is_not_ours,
        bool_or(event_type = 'out_of_jurisdiction' and coalesce(reason_code, '') = 'legal_channel')
            as is_legal_channel,
        bool_or(event_type = 'unreasonable_approved') as is_unreasonable,
        bool_or(event_type = 'appeal_upheld') as is_appeal_upheld,
        coalesce(
            arg_max(event_type, event_seq) filter (where event_type in ('merged', 'unmerged')) = 'merged', false
        ) as is_merged,
        coalesce(
            arg_max(event_type, event_seq) filter (where event_type in ('merged', 'unmerged')) = 'unmerged', false
        ) as is_unmerged,
        arg_max(related_case_id, event_seq) filter (where event_type = 'merged' and related_case_id is not null)
            as merged_into,
        min(occurred_at) filter (where event_type in ('voided', 'out_of_jurisdiction')) as sent_away_at,
        min(occurred_at) filter (where event_type = 'merged') as merged_at,
        bool_and(is_derived) as is_derived,
        max(occurred_at) as last_event_at,
        arg_max(event_type, event_seq) filter (
            where event_type not in (
                'urged', 'supervised', 'marked_hard', 'supplement_asked', 'contacted', 'extension_requested',
                'extension_rejected', 'return_requested', 'return_rejected', 'unreasonable_requested', 'appealed',
                'callback_attempted'
            )
        ) as last_event_type
    from {{ ref('int_hotline_event_changed') }}
    group by case_id
),

paused as (
    select distinct
        case_id,
        cycle_no
    from {{ ref('int_hotline_pause_changed') }}
    where resumed_at is null
),

callback as (
    select
        case_id,
        bool_or(is_connected) as is_connected,
        min(callback_at) filter (where is_first_answer) as callback_at,
        bool_or(is_solved) filter (where is_first_answer) as is_solved,
        bool_or(is_solved) filter (where is_last_answer) as is_last_solved,
        coalesce(min(grade) filter (where is_first_grade), arg_min(grade, event_seq) filter (where grade is not null))
            as grade,
        max(weight) filter (where is_first_grade) as satisfaction_weight,
        min(grade) filter (where is_last_grade) as last_grade,
        max(weight) filter (where is_last_grade) as last_satisfaction_weight
    from {{ ref('fct_callback') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    group by case_id
),

lead_unit as (
    select
        case_id,
        unit_name
    from {{ ref('fct_case_unit') }}
    where role = 'lead' and case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
),

joined as (
    select
        cycle.*,
        register.* exclude (case_id, platform, received_at),
        event.* exclude (case_id),
        callback.* exclude (case_id, is_connected),
        coalesce(callback.is_connected, false) as is_connected,
        contact.response_due_at,
        lead_unit.unit_name as lead_unit_name,
        paused.case_id is not null and not cycle.is_finished as is_suspended
    from cycle
    inner join event on cycle.case_id = event.case_id
    left join {{ ref('int_hotline_register') }} as register on cycle.case_id = register.case_id
    left join contact on cycle.case_id = contact.case_id
    left join callback on cycle.case_id = callback.case_id
    left join lead_unit on cycle.case_id = lead_unit.case_id
    left join paused on cycle.case_id = paused.case_id and cycle.cycle_count = paused.cycle_no
),

final as (
    select
        joined.case_id,
        joined.platform,
        'hotline_' || joined.platform as feed,
        substring(joined.case_id, length(joined.platform) + 2) as case_no,
        joined.channel,
        joined.request_type,
        joined.category_name,
        joined.subcategory_name,
        joined.urgency,
        coalesce(joined.is_confidential, false) as is_confidential,
        coalesce(joined.is_anonymous, false) as is_anonymous,
        joined.caller_token is not null as is_caller_known,
        coalesce(joined.lead_unit_name, joined.unit_name) as unit_name,
        joined.area_code,
        if(joined.area_resolution = 'street', joined.area_code, null) as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        coalesce(joined.area_resolution, 'none') as area_resolution,
        case
            when joined.is_void then 'void'
            when joined.is_not_ours or joined.is_legal_channel then 'out_of_jurisdiction'
            when joined.is_merged then 'merged'
            when joined.is_suspended then 'suspended'
            when joined.last_event_type = 'closed' and joined.is_finished then 'closed'
            when joined.is_answered and joined.cycle_count = 1 then 'answered'
            when joined.is_finished and joined.callback_count > 0 then 'called_back'
            when joined.is_finished then 'finished'
            when joined.cycle_count > 1 then 'reopened'
            when joined.dispatched_at is not null then 'dispatched'
            else 'received'
        end as status,
        joined.received_at,
        joined.dispatched_at,
        joined.signed_at,
        joined.contacted_at,
        joined.response_due_at,
        joined.due_at,
        joined.unextended_due_at,
        joined.last_due_at,
        coalesce(joined.is_due_provisional, false) as is_due_provisional,
        joined.finished_at,
        joined.reopened_at,
        joined.last_finished_at,
        joined.closed_at,
        joined.replied_at,
        joined.callback_at,
        joined.is_solved,
        joined.grade,
        joined.satisfaction_weight,
        joined.is_last_solved,
        joined.last_grade,
        joined.last_satisfaction_weight,
        joined.cycle_count,
        joined.dispatch_count,
        joined.return_count,
        joined.extension_count,
        joined.urge_count,
        joined.callback_count,
        joined.is_finished,
        joined.is_answered,
        joined.is_on_time,
        joined.is_first_on_time,
        joined.is_unextended_on_time,
        joined.is_connected,
        joined.is_suspended,
        joined.is_supervised,
        joined.is_hard,
        joined.is_void,
        joined.is_not_ours,
        joined.is_legal_channel,
        joined.is_merged,
        joined.is_unmerged,
        if(joined.is_merged, joined.merged_into, null) as merged_into,
        case
            when joined.is_void or joined.is_not_ours or joined.is_legal_channel or joined.is_merged
                then least(joined.sent_away_at, if(joined.is_merged, joined.merged_at, null))
        end as taken_out_at,
        joined.is_unreasonable,
        joined.is_appeal_upheld,
        coalesce(
            joined.finished_at < joined.received_at
            or joined.dispatched_at < joined.received_at
            or joined.earliest_due_at < joined.received_at
            or joined.finished_at > joined.received_at + to_days(cast(longest.value as int)),
            false
        ) as has_time_flaw,
        joined.is_derived,
        greatest(joined.updated_at, joined.last_event_at) as updated_at
    from joined
    left join {{ ref('dim_area') }} as area on joined.area_code = area.area_code
    left join {{ ref('hotline_policy') }} as longest
        on
            longest.policy = 'longest_case_days'
            and cast(joined.received_at as date) >= longest.valid_from
            and cast(joined.received_at as date) <= coalesce(longest.valid_to, date '9999-12-31')
)

select * from final
