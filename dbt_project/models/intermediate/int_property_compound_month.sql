-- One row per month and compound on the register at its reading day.
with final as (
    select
        month_end.month_start,
        month_end.day_date,
        compound.*
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('dim_compound') }} as compound
        on
            month_end.day_date >= compound.valid_from
            and month_end.day_date <= coalesce(compound.valid_to, date '9999-12-31')
    where compound.is_in_use
)

select * from final
