-- One row per event that the state exports of a changed case imply. Of several exports of one state the last speaks,
-- but what stood before a reopening stays: nothing about the past is overwritten.
with version as (
    select
        *,
        status = 'reopened' and coalesce(lag(status) over versions, '') <> 'reopened' as begins_epoch
    from {{ ref('stg_hotline_city') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    window versions as (partition by case_id order by updated_at, batch_seq, row_no)
),

epoch_of_version as (
    select
        *,
        count(*) filter (where begins_epoch) over versions as epoch_no
    from version
    window versions as (partition by case_id order by updated_at, batch_seq, row_no)
),

epoch as (
    select
        *,
        min(updated_at) over (partition by case_id, epoch_no) as began_at,
        max(epoch_no) over (partition by case_id) = epoch_no as is_last
    from epoch_of_version
    qualify row_number() over (partition by case_id, epoch_no order by updated_at desc, batch_seq desc, row_no desc) = 1
),

implied as (
    select
        case_id,
        epoch_no,
        'received' as event_type,
        received_at as occurred_at,
        -- Some sources state a deadline and never a dispatch.
        if(dispatched_at is null, due_at, null) as due_at
    from epoch
    where is_last
    union all by name
    select
        case_id,
        epoch_no,
        'dispatched' as event_type,
        dispatched_at as occurred_at,
        unit_name as unit_code,
        unit_name,
        'lead' as unit_role,
        due_at
    from epoch
    where is_last and dispatched_at is not null
    union all by name
    select
        case_id,
        epoch_no,
        'answered' as event_type,
        coalesce(finished_at, received_at) as occurred_at
    from epoch
    where is_last and status = 'answered'
    union all by name
    select
        case_id,
        epoch_no,
        'finished' as event_type,
        finished_at as occurred_at
    from epoch
    where finished_at is not null and not (is_last and status = 'answered')
    union all by name
    select
        case_id,
        epoch_no,
        'callback_result' as event_type,
        coalesce(callback_at, updated_at) as occurred_at,
        is_solved,
        grade
    from epoch
    where callback_at is not null or is_solved is not null or grade is not null
    union all by name
    select
        case_id,
        epoch_no,
        'reopened' as event_type,
        began_at as occurred_at
    from epoch
    where epoch_no > 0
    union all by name
    select
        case_id,
        epoch_no,
        case status when 'void' then 'voided' else status end as event_type,
        updated_at as occurred_at
    from epoch
    where is_last and status in ('closed', 'void', 'out_of_jurisdiction')
),

province as (
    select *
    from {{ ref('stg_hotline_province') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    qualify row_number() over (partition by case_id order by batch_seq desc, row_no desc) = 1
),

direct_line as (
    select
        case_id,
        'received' as event_type,
        received_at as occurred_at
    from province
    union all by name
    -- The direct line sends a case straight to the heating company.
    select
        case_id,
        'dispatched' as event_type,
        received_at as occurred_at,
        enterprise_name as unit_code,
        enterprise_name as unit_name,
        'lead' as unit_role,
        due_at
    from province
    union all by name
    select
        case_id,
        'replied' as event_type,
        replied_at as occurred_at
    from province
    where replied_at is not null
),

final as (
    select
        'city' as platform,
        * exclude (epoch_no)
    from implied
    qualify row_number() over (partition by case_id, event_type, occurred_at order by epoch_no desc) = 1
    union all by name
    select
        'province' as platform,
        *
    from direct_line
)

select * from final
