-- One row per month that events speak of, ten years at most: the day on which registers are read for it.
with span as (
    select
        greatest(min(first_date), cast(max(as_of) as date) - 3660) as first_date,
        cast(max(as_of) as date) as last_date
    from {{ ref('dim_feed') }}
    where not is_register
),

final as (
    select
        cast(series.moment as date) as month_start,
        least(last_day(series.moment), span.last_date) as day_date
    from span
    cross join
        generate_series(date_trunc('month', span.first_date), cast(span.last_date as timestamp), interval 1 month)
            as series (moment)
)

select * from final
