-- One row per matter: how many cases and different voices stand behind it. 300 cold households are one matter.
{{ config(materialized='view') }}

with recursive
-- A merged case counts in the matter of the other, which may be merged itself.
followed as (
    select
        case_id,
        matter_id,
        merged_into,
        0 as step
    from {{ ref('int_hotline_matter') }}
    union all
    select
        followed.case_id,
        target.matter_id,
        target.merged_into,
        followed.step + 1 as step
    from followed
    inner join {{ ref('int_hotline_matter') }} as target on followed.merged_into = target.case_id
    where followed.step < 10
),

resolved as (
    select
        case_id,
        arg_max(matter_id, step) as matter_id
    from followed
    group by case_id
),

final as (
    select
        resolved.matter_id,
        any_value(matter.category_name) as category_name,
        min(matter.received_at) as first_received_at,
        max(matter.received_at) as last_received_at,
        count(*) as case_count,
        count(distinct matter.caller_token) as voice_count,
        count(*) filter (where matter.is_repeat) as repeat_count
    from resolved
    inner join {{ ref('int_hotline_matter') }} as matter on resolved.case_id = matter.case_id
    group by resolved.matter_id
)

select * from final
