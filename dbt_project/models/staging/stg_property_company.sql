-- One row per property company and day of change: the register with its history.
with version as (
    {{ current_version('property_company', key=['company_id', 'valid_from']) }}
),

final as (
    select
        company_id,
        valid_from,
        company_name,
        company_status,
        credit_grade
    from version
)

select * from final
