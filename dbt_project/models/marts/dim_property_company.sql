-- One row per property company and span of days in which nothing about it changed.

with final as (
    select
        company_id,
        valid_from,
        lead(valid_from) over (partition by company_id order by valid_from) - 1 as valid_to,
        company_status = 'in_use' as is_in_use,
        company_name,
        credit_grade
    from {{ ref('stg_property_company') }}
)

select * from final
