-- One row per clock of a changed case: of the case itself, of its first contact, and of each unit it was given to.
with register as (
    select
        case_id,
        request_type,
        category_name,
        urgency
    from {{ ref('int_hotline_register') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
),

contact as (
    select
        case_id,
        min(occurred_at) filter (where event_type = 'dispatched') as dispatched_at,
        min(occurred_at) filter (where event_type = 'contacted') as contacted_at
    from {{ ref('int_hotline_event_changed') }}
    group by case_id
),

handed as (
    select
        case_id,
        cycle_no,
        unit_code,
        event_seq,
        event_type,
        occurred_at,
        unit_level,
        due_at
    from {{ ref('int_hotline_event_changed') }}
    where
        unit_code is not null
        and event_type in ('dispatched', 'redispatched', 'co_assigned', 'finished', 'return_approved')
),

-- A unit's clock ends with its own finish or return, at the latest with the cycle.
unit_clock as (
    select
        case_id,
        cycle_no,
        event_seq as clock_no,
        unit_code,
        unit_level,
        due_at as stated_due_at,
        occurred_at as started_at,
        min(occurred_at) filter (where event_type in ('finished', 'return_approved')) over following as own_end_at,
        arg_min(event_type, event_seq) filter (where event_type in ('finished', 'return_approved')) over following
            as own_end_type,
        event_type
    from handed
    window
        following as (
            partition by case_id, cycle_no, unit_code order by event_seq
            rows between 1 following and unbounded following
        )
),

clock as (
    select
        cycle.case_id,
        cycle.platform,
        cycle.cycle_no,
        'case' as scope,
        cast(0 as bigint) as clock_no,
        cast(null as varchar) as unit_code,
        cast(null as bigint) as unit_level,
        'finish' as measure,
        cycle.is_ruled,
        cycle.stated_due_at,
        cycle.clock_started_at as started_at,
        -- The direct line knows no finish: the company's reply ends its clock.
        coalesce(cycle.finished_at, if(cycle.platform = 'province', cycle.replied_at, null)) as ended_at,
        case
            when cycle.finished_at is not null then 'finished'
            when cycle.platform = 'province' and cycle.replied_at is not null then 'replied'
        end
            as ended_by
    from {{ ref('int_hotline_cycle_changed') }} as cycle
    where cycle.clock_started_at is not null
    union all by name
    select
        cycle.case_id,
        cycle.platform,
        cycle.cycle_no,
        'contact' as scope,
        cast(0 as bigint) as clock_no,
        'response' as measure,
        true as is_ruled,
        contact.dispatched_at as started_at,
        contact.contacted_at as ended_at,
        if(contact.contacted_at is null, null, 'contacted') as ended_by
    from {{ ref('int_hotline_cycle_changed') }} as cycle
    inner join contact on cycle.case_id = contact.case_id
    where cycle.cycle_no = 1 and contact.dispatched_at is not null
    union all by name
    select
        unit_clock.case_id,
        cycle.platform,
        unit_clock.cycle_no,
        'unit' as scope,
        unit_clock.clock_no,
        unit_clock.unit_code,
        unit_clock.unit_level,
        'finish' as measure,
        true as is_ruled,
        unit_clock.stated_due_at,
        unit_clock.started_at,
        least(unit_clock.own_end_at, cycle.finished_at) as ended_at,
        case
            when unit_clock.own_end_at <= coalesce(cycle.finished_at, unit_clock.own_end_at)
                then unit_clock.own_end_type
            when cycle.finished_at is not null then 'cycle_end'
        end as ended_by
    from unit_clock
    inner join {{ ref('int_hotline_cycle_changed') }} as cycle
        on unit_clock.case_id = cycle.case_id and unit_clock.cycle_no = cycle.cycle_no
    where unit_clock.event_type in ('dispatched', 'redispatched', 'co_assigned')
),

final as (
    select
        clock.* exclude (is_ruled),
        rule.sla_rule_id,
        rule.value as rule_value,
        rule.unit as rule_unit,
        rule.start_rule
    from clock
    left join register on clock.case_id = register.case_id
    left join {{ ref('sla_rule') }} as rule
        on
            clock.is_ruled
            and clock.platform = rule.platform
            and clock.measure = rule.measure
            and (rule.unit_level is null or coalesce(clock.unit_level, 1) = rule.unit_level)
            and (rule.request_type is null or register.request_type = rule.request_type)
            and (rule.category_name is null or register.category_name = rule.category_name)
            and (rule.urgency is null or register.urgency = rule.urgency)
            and cast(clock.started_at as date) >= rule.valid_from
            and cast(clock.started_at as date) <= coalesce(rule.valid_to, date '9999-12-31')
    qualify
        row_number() over (
            partition by clock.case_id, clock.cycle_no, clock.scope, clock.clock_no
            order by rule.priority, rule.sla_rule_id
        ) = 1
)

select * from final
