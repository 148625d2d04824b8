-- One row per matter: how many cases and different voices stand behind it. 300 cold households are one matter.
{{ config(materialized='view') }}

with final as (
    select
        followed.matter_id,
        any_value(matter.category_name) as category_name,
        min(matter.received_at) as first_received_at,
        max(matter.received_at) as last_received_at,
        count(*) as case_count,
        count(distinct matter.caller_token) as voice_count,
        count(*) filter (where matter.is_repeat) as repeat_count
    from {{ ref('int_hotline_matter_followed') }} as followed
    inner join {{ ref('int_hotline_matter') }} as matter on followed.case_id = matter.case_id
    group by followed.matter_id
)

select * from final
