-- One row per KPI of the programme, smallest known area, day and exclusion reason: what each month adds to it.
-- Both are states, not flows: each month reads all that was listed by its end.
with measure_month as (
    select
        measure.*,
        month.month_start,
        dim_feed.feed,
        -- Measures are the city's: they have no place.
        cast(null as varchar) as street_code,
        cast(null as varchar) as district_code,
        cast(null as varchar) as region_code
    from {{ ref('dim_programme_measure') }} as measure
    inner join {{ ref('int_month_end') }} as month
        on
            measure.valid_from <= month.day_date
            and coalesce(measure.valid_to, date '9999-12-31') >= month.day_date
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'capacity_programme_measure'
),

item_month as (
    select
        item.*,
        month.month_start,
        month.day_date,
        dim_feed.feed
    from {{ ref('fct_livelihood_item') }} as item
    inner join {{ ref('int_month_end') }} as month on item.listed_date <= month.day_date
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'capacity_livelihood_item'
),

final as (
    {{ contribution(
        'measure_month', "'capacity.measure_completion_rate'", day='month_start', in_day='false',
        reason="case when measure_status = 'withdrawn' then 'X32' end", hit='cast(is_done as int)'
    ) }}
    union all by name
    {{ contribution(
        'item_month', "'capacity.livelihood_solved_rate'", day='month_start', in_day='false',
        reason="case when has_time_flaw then 'X10' when withdrawn_date <= day_date then 'X32' end",
        hit='cast(coalesce(solved_date <= day_date, false) as int)'
    ) }}
)

select * from final
