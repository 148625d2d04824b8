-- One row per month and worker in post at its reading day, and whether anything was learnt in the year up to then.
with first_training as (
    select
        worker_token,
        year(trained_on) as training_year,
        min(trained_on) as first_date
    from {{ ref('stg_capacity_training') }}
    group by worker_token, year(trained_on)
),

final as (
    select
        month_end.month_start,
        month_end.day_date,
        worker.*,
        coalesce(training.first_date <= month_end.day_date, false) as is_trained
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('int_capacity_worker') }} as worker
        on
            month_end.day_date >= worker.valid_from
            and month_end.day_date <= coalesce(worker.valid_to, date '9999-12-31')
    left join first_training as training
        on worker.worker_token = training.worker_token and year(month_end.day_date) = training.training_year
    where worker.is_in_post
)

select * from final
