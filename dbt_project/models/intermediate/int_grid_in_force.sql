-- One row per month and grid in force on its last day: what a grid was when the registers were read for the month.
{{ config(
    materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_read_months() }}"
) }}

with register as (
    select
        *,
        min(valid_from) over (partition by grid_code) as first_date
    from {{ ref('dim_grid') }}
),

final as (
    select
        month_end.month_start,
        month_end.day_date,
        register.grid_code,
        register.grid_kind,
        register.households,
        register.street_code,
        register.district_code,
        register.region_code,
        -- A grid founded in the month had no whole month to report in.
        register.first_date <= month_end.month_start as is_whole_month
    from {{ ref('int_grid_month_read') }} as month_end
    inner join register
        on
            month_end.day_date >= register.valid_from
            and month_end.day_date <= coalesce(register.valid_to, date '9999-12-31')
    where register.is_in_use
)

select * from final
