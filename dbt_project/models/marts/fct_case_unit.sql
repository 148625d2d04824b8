-- One row per case and unit that was given it: lead, co-unit or returned, with its weight under each way of counting.
-- City figures come from cases, never from the sum of units (docs/hotline-method.md, 6).
{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}") }}

with given as (
    select
        case_id,
        platform,
        unit_code,
        arg_max(unit_name, event_seq) as unit_name,
        min(event_seq) as first_seq,
        min(occurred_at) filter (where event_type <> 'return_approved') as assigned_at,
        max(event_seq) filter (where event_type <> 'return_approved') as given_seq,
        max(event_seq) filter (
            where event_type in ('dispatched', 'redispatched') and coalesce(unit_role, 'lead') = 'lead'
        ) as led_seq,
        max(event_seq) filter (where event_type = 'return_approved') as returned_seq
    from {{ ref('int_hotline_event_changed') }}
    where
        unit_code is not null
        and event_type in ('dispatched', 'redispatched', 'co_assigned', 'return_approved')
    group by case_id, platform, unit_code
    having max(event_seq) filter (where event_type <> 'return_approved') is not null
),

standing as (
    select
        *,
        coalesce(returned_seq > given_seq, false) as is_returned
    from given
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_id, is_returned order by led_seq desc nulls last, first_seq asc
        ) as standing_no,
        count(*) filter (where not is_returned) over (partition by case_id) as active_count
    from standing
),

weighed as (
    select
        *,
        case when is_returned then 'returned' when standing_no = 1 then 'lead' else 'co' end as role
    from ranked
),

-- The co-units' half is cut into whole ten-thousandths; what does not divide goes to the first of them.
final as (
    select
        case_id,
        platform,
        unit_code,
        unit_name,
        role,
        assigned_at,
        cast(if(role = 'lead', 1, 0) as decimal(9, 4)) as lead_weight,
        cast(
            case
                when role = 'returned' then 0
                when active_count = 1 then 10000
                when role = 'lead' then 5000
                else
                    5000 // (active_count - 1) + if(standing_no = 2, 5000 % (active_count - 1), 0)
            end * cast(0.0001 as decimal(9, 4)) as decimal(9, 4)
        ) as split_weight,
        cast(if(role = 'returned', 0, 1) as decimal(9, 4)) as full_weight
    from weighed
)

select * from final
