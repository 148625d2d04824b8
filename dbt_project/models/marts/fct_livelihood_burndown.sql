-- One row per day and region: livelihood items listed, solved and open up to it. Counts only: they add up to the city.
{{ config(meta={'public': true}) }}

with item as (
    select
        *,
        coalesce(solved_date, withdrawn_date) as ended_date
    from {{ ref('fct_livelihood_item') }}
    where not has_time_flaw
),

step as (
    select
        region_code,
        unnest([
            {'day': listed_date, 'what': 'listed', 'amount': 1},
            {'day': solved_date, 'what': 'solved', 'amount': 1},
            {'day': confirmed_date, 'what': 'confirmed', 'amount': 1},
            {'day': withdrawn_date, 'what': 'withdrawn', 'amount': 1},
            -- Overdue from the day after the promise until it ends.
            {
                'day': if(coalesce(ended_date > promised_date, true), promised_date + 1, null),
                'what': 'overdue', 'amount': 1
            },
            {'day': if(ended_date > promised_date, ended_date, null), 'what': 'overdue', 'amount': -1}
        ], recursive := true)
    from item
),

span as (
    select
        greatest(min(item.listed_date), cast(max(feed.as_of) as date) - 3660) as first_date,
        cast(max(feed.as_of) as date) as last_date
    from item
    cross join {{ ref('dim_feed') }} as feed
    where feed.feed = 'capacity_livelihood_item'
),

moved as (
    select
        cell.day_date,
        cell.region_code,
        {%- for what in ['listed', 'solved', 'confirmed', 'withdrawn', 'overdue'] %}
        coalesce(sum(step.amount) filter (where step.what = '{{ what }}'), 0) as {{ what }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select
            region.region_code,
            cast(series.moment as date) as day_date,
            span.first_date
        from span
        cross join generate_series(span.first_date, cast(span.last_date as timestamp), interval 1 day) as series (moment)
        cross join (select distinct item.region_code from item) as region
    ) as cell
    left join step
        on
            cell.region_code is not distinct from step.region_code
            -- What happened before the first day shown has happened by it.
            and cell.day_date = if(step.day < cell.first_date, cell.first_date, step.day)
    group by cell.day_date, cell.region_code
),

summed as (
    select
        day_date,
        region_code,
        {%- for what in ['listed', 'solved', 'confirmed', 'withdrawn', 'overdue'] %}
        cast(sum({{ what }}) over up_to_it as bigint) as {{ what }}_count{{ "," if not loop.last }}
        {%- endfor %}
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
