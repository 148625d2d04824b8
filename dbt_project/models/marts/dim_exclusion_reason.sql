-- One row per reason a row may be left out of a KPI: the closed list behind excluded_by_reason.

with final as (
    select
        reason_code,
        name_zh,
        name_en
    from {{ ref('exclusion_reason') }}
)

select * from final
