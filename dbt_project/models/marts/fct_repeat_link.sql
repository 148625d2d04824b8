-- One row per link between two city cases of one matter: repeats, many voices, mergers, urges. It deletes nothing.
{{ config(materialized='view') }}

with head as (
    select
        case_id,
        caller_token
    from {{ ref('int_hotline_matter') }}
),

final as (
    select
        case_id,
        repeat_of as parent_case_id,
        'same_person_same_matter' as link_kind,
        repeat_rule as link_rule,
        -- Half of the fingerprint's eight bytes are the least that counts as alike.
        cast(
            case repeat_rule when 'same_place' then 10000 when 'alike_text' then alike_count * 1250 else 5000 end
            * cast(0.0001 as decimal(5, 4)) as decimal(5, 4)
        ) as score,
        true as is_active
    from {{ ref('int_hotline_matter') }}
    where repeat_of is not null
    union all
    select
        matter.case_id,
        matter.matter_id as parent_case_id,
        'many_persons_same_matter' as link_kind,
        'same_place' as link_rule,
        cast(1 as decimal(5, 4)) as score,
        true as is_active
    from {{ ref('int_hotline_matter') }} as matter
    inner join head on matter.matter_id = head.case_id
    where
        matter.case_id <> matter.matter_id
        and matter.place_token is not null
        and matter.caller_token is distinct from head.caller_token
    union all
    -- A merger that was undone stays in the list.
    select
        case_id,
        related_case_id as parent_case_id,
        'merged' as link_kind,
        'source_number' as link_rule,
        cast(1 as decimal(5, 4)) as score,
        row_number() over (partition by case_id order by event_seq desc) = 1
        and case_id not in (
            select undone.case_id
            from {{ ref('fct_case') }} as undone
            where undone.is_unmerged
        ) as is_active
    from {{ ref('fct_case_event') }}
    where event_type = 'merged' and related_case_id is not null
    union all
    select
        related_case_id as case_id,
        case_id as parent_case_id,
        'urge' as link_kind,
        'source_number' as link_rule,
        cast(1 as decimal(5, 4)) as score,
        true as is_active
    from {{ ref('fct_case_event') }}
    where event_type = 'urged' and related_case_id is not null
)

select * from final
