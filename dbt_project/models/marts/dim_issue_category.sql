-- One row per issue category of the hotline with an English name: what the English pages call it.

with final as (
    select
        level,
        name_zh,
        name_en
    from {{ ref('issue_category') }}
)

select * from final
