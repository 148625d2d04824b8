-- One row per day and region: livelihood items listed, solved and open up to it. Counts only: they add up to the city.
{%- set whats = ['listed', 'solved', 'confirmed', 'withdrawn', 'overdue'] %}

with item as (
    select
        *,
        coalesce(solved_date, withdrawn_date) as ended_date
    from {{ ref('fct_livelihood_item') }}
    where not has_time_flaw
),

step as (
    select
        item.region_code,
        part.what,
        part.day,
        part.amount
    from item
    cross join (
        values
        ('listed', item.listed_date, 1),
        ('solved', item.solved_date, 1),
        ('confirmed', item.confirmed_date, 1),
        ('withdrawn', item.withdrawn_date, 1),
        -- Overdue from the day after the promise until it ends.
        (
            'overdue',
            if(coalesce(item.ended_date > item.promised_date, true), item.promised_date + 1, null),
            1
        ),
        ('overdue', if(item.ended_date > item.promised_date, item.ended_date, null), -1)
    ) as part (what, day, amount)
    where part.day is not null
),

span as (
    select
        greatest(min(item.listed_date), cast(max(feed.as_of) as date) - 3660) as first_date,
        cast(max(feed.as_of) as date) as last_date
    from item
    cross join {{ ref('dim_feed') }} as feed
    where feed.feed = 'capacity_livelihood_item'
),

cell as (
    select
        region.region_code,
        cast(series.moment as date) as day_date,
        span.first_date
    from span
    cross join
        generate_series(span.first_date, cast(span.last_date as timestamp), interval 1 day) as series (moment)
    cross join (select distinct item.region_code from item) as region
),

moved as (
    select
        cell.day_date,
        {%- for what in whats %}
        coalesce(sum(step.amount) filter (where step.what = '{{ what }}'), 0) as {{ what }},
        {%- endfor %}
        cell.region_code
    from cell
    left join step
        on
            cell.region_code is not distinct from step.region_code
            -- What happened before the first day shown has happened by it.
            and cell.day_date = if(cell.first_date > step.day, cell.first_date, step.day)
    group by cell.day_date, cell.region_code
),

summed as (
    select
        day_date,
        {%- for what in whats %}
        cast(sum({{ what }}) over up_to_it as bigint) as {{ what }}_count,
        {%- endfor %}
        region_code
    from moved
    window up_to_it as (partition by region_code order by day_date)
),

final as (
    select
        summed.*,
        summed.listed_count - summed.solved_count - summed.withdrawn_count as open_count,
        target.target_date,
        target.target_date - summed.day_date as days_left
    from summed
    left join {{ ref('livelihood_target') }} as target
        on
            summed.day_date >= target.valid_from
            and summed.day_date <= coalesce(target.valid_to, date '9999-12-31')
)

select * from final
