-- One row per month and task of the programme: how many measures stand in it, how many are done, late or withdrawn.

with standing as (
    select
        month.month_start,
        month.day_date,
        measure.*
    from {{ ref('dim_programme_measure') }} as measure
    inner join {{ ref('int_month_end') }} as month
        on
            measure.valid_from <= month.day_date
            and coalesce(measure.valid_to, date '9999-12-31') >= month.day_date
),

final as (
    select
        month_start,
        day_date,
        task_no,
        count(*) filter (where measure_status <> 'withdrawn') as measure_count,
        count(*) filter (where is_done) as done_count,
        -- What is done by the register alone, and what can show a paper for it.
        count(*) filter (where is_done and evidence_no is not null) as evidenced_count,
        count(*) filter (where not is_done and measure_status <> 'withdrawn' and planned_date < day_date)
            as overdue_count,
        count(*) filter (where measure_status = 'withdrawn') as withdrawn_count
    from standing
    group by month_start, day_date, task_no
)

select * from final
