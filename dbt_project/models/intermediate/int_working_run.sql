-- One row per unbroken run of working days or of days off: what a clock crosses.
with stepped as (
    select
        date_day,
        is_workday,
        date_day - cast(row_number() over (partition by is_workday order by date_day) as int) as run_key
    from {{ ref('dim_date') }}
),

final as (
    select
        is_workday,
        cast(min(date_day) as timestamp) as from_at,
        cast(max(date_day) + 1 as timestamp) as to_at
    from stepped
    group by is_workday, run_key
)

select * from final
