-- One row per heating company, or the whole city, and preparation for a season: the coal, and when the plan was met.
-- The city's coal is each company's, none above its own plan: what one has too much warms nobody else.

with prepared as (
    select
        stock.*,
        season.season
    from {{ ref('stg_heating_coal_stock') }} as stock
    -- Coal counted after one season's end is for the next.
    asof left join {{ ref('season_calendar') }} as season on stock.stock_date <= season.season_end
),

count_day as (
    select distinct
        season,
        stock_date
    from prepared
),

-- On each day of a count the last one of every company stands.
stood as (
    select
        count_day.season,
        count_day.stock_date,
        company.enterprise_name,
        prepared.stock_date as counted_date,
        prepared.planned_tonnes,
        prepared.stock_tonnes,
        prepared.planned_date
    from count_day
    inner join (
        select distinct
            prepared.season,
            prepared.enterprise_name
        from prepared
    ) as company on count_day.season = company.season
    asof left join prepared
        on
            company.season = prepared.season
            and company.enterprise_name = prepared.enterprise_name
            and count_day.stock_date >= prepared.stock_date
),

counted as (
    select
        season,
        enterprise_name,
        stock_date,
        counted_date,
        planned_tonnes,
        stock_tonnes,
        planned_date,
        stock_tonnes >= planned_tonnes as is_full
    from stood
    where planned_tonnes is not null
    union all by name
    select
        season,
        stock_date,
        stock_date as counted_date,
        sum(planned_tonnes) as planned_tonnes,
        sum(least(stock_tonnes, planned_tonnes)) as stock_tonnes,
        max(planned_date) as planned_date,
        -- A company that has not reported yet has not met its plan.
        coalesce(bool_and(coalesce(stock_tonnes >= planned_tonnes, false)), false) as is_full
    from stood
    group by season, stock_date
),

final as (
    select
        season,
        enterprise_name,
        max(counted_date) as last_count_date,
        cast(arg_max(planned_tonnes, stock_date) as decimal(18, 2)) as planned_tonnes,
        cast(arg_max(stock_tonnes, stock_date) as decimal(18, 2)) as stock_tonnes,
        {{ safe_ratio('arg_max(stock_tonnes, stock_date)', 'arg_max(planned_tonnes, stock_date)') }} as stock_rate,
        min(stock_date) filter (where is_full) as full_date,
        arg_max(planned_date, stock_date) as planned_date,
        -- Negative: that many days before the plan, as the city publishes it.
        cast(min(stock_date) filter (where is_full) - arg_max(planned_date, stock_date) as integer)
            as days_against_plan
    from counted
    group by season, enterprise_name
)

select * from final
