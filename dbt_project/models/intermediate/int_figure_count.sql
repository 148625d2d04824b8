-- One row per count that the ledger asks for, with its area and days: what this warehouse counts there, if it can.
with asked as (
    select distinct
        count_code.count_code,
        figure.area_code,
        area.level = 'city' as is_city,
        figure.as_of,
        figure.period_start
    from {{ ref('published_figure') }} as figure
    inner join {{ ref('area') }} as area on figure.area_code = area.area_code
    cross join unnest([figure.measure_code, figure.base_code]) as count_code (count_code)
    where figure.measure in ('count', 'ratio', 'ratio10k') and count_code.count_code is not null
),

event as (
    {%- for slice in figure_event_slices() %}
    select * from {{ ref('int_figure_event_' ~ slice) }}
    {{- "
    union all by name" if not loop.last }}
    {%- endfor %}
),

-- A period that began before any event is known, or ended after the last, is not measured.
span as (
    select
        min(first_date) as first_date,
        cast(max(as_of) as date) as last_date
    from {{ ref('dim_feed') }}
    where not is_register
),

counted as (
    select
        asked.count_code,
        asked.area_code,
        asked.as_of,
        asked.period_start,
        if(
            count(event.amount) = 0, cast(count(distinct event.subject) as decimal(28, 8)), sum(event.amount)
        ) as amount
    from asked
    inner join span on coalesce(asked.period_start, asked.as_of) >= span.first_date and asked.as_of <= span.last_date
    inner join event
        on
            asked.count_code = event.count_code
            and event.day_date >= coalesce(asked.period_start, date '1900-01-01')
            and asked.as_of >= event.day_date
            and (asked.is_city or asked.area_code = event.region_code)
    group by all
),

final as (
    select
        count_code,
        area_code,
        as_of,
        period_start,
        cast(amount as decimal(28, 8)) as amount
    from counted
    union all
    select
        asked.count_code,
        asked.area_code,
        asked.as_of,
        asked.period_start,
        cast(register.quantity as decimal(28, 8)) as amount
    from asked
    inner join {{ ref('fct_register_count') }} as register
        on
            asked.count_code = register.register_code
            and asked.area_code = register.area_code
            and register.area_level = if(asked.is_city, 'city', 'region')
            and asked.as_of = register.as_of
)

select * from final
