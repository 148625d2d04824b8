-- One row per heating event that a published figure counts: penalties by company, the coal of the city, pipe sections.
with final as (
    select
        'action.penalised_company' as count_code,
        cast(triggered_at as date) as day_date,
        cast(null as varchar) as region_code,
        cast(null as decimal(28, 8)) as amount,
        enterprise_name as subject
    from {{ ref('fct_heating_action') }}
    where mechanism = 'penalty' and result = 'penalised'
    union all by name
    select
        'coal.days_against_plan' as count_code,
        full_date as day_date,
        cast(days_against_plan as decimal(28, 8)) as amount
    from {{ ref('fct_heating_coal_stock') }}
    where enterprise_name is null and full_date is not null
    union all by name
    select
        'coal.stock_rate' as count_code,
        last_count_date as day_date,
        cast(stock_rate as decimal(28, 8)) as amount
    from {{ ref('fct_heating_coal_stock') }}
    where enterprise_name is null
    union all by name
    select
        'pipe.planned_km' as count_code,
        report_date as day_date,
        region_code,
        cast(planned_km as decimal(28, 8)) as amount
    from {{ ref('fct_heating_pipe_renewal') }}
    where is_last_report
)

select * from final
