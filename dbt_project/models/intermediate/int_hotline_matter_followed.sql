-- One row per city case and the matter it counts in: a merged case in that of the other, which may be merged itself.
{{ config(materialized='view') }}

with recursive
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

final as (
    select
        case_id,
        arg_max(matter_id, step) as matter_id
    from followed
    group by case_id
)

select * from final
