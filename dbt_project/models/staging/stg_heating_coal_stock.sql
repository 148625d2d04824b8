-- One row per heating company and day of count: coal against the plan, last delivered.
with version as (
    {{ current_version('heating_coal_stock', key=['enterprise_name', 'stock_date']) }}
),

final as (
    select
        enterprise_name,
        stock_date,
        planned_tonnes,
        stock_tonnes,
        planned_date
    from version
)

select * from final
