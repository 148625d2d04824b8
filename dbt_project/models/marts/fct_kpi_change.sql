-- One row per series of case counts, area, month, comparison and method: how much it rose or fell, if that can be said.
-- 同比 and 环比 are values of one column, so neither can be taken for the other (docs/hotline-method.md, 9).

with guard as (
    select
        compared.series,
        compared.period_start,
        compared.comparison,
        compared.method,
        any_value(compared.as_of) as as_of,
        count(distinct compared.day_date) filter (where compared.side = 'current' and compared.is_compared)
            as compared_day_count,
        case
            when compared_day_count = 0 then 'no_counterpart'
            when bool_or(compared.side = 'base' and compared.day_date < compared.first_date) then 'before_first_day'
            when bool_or(day.is_outage) filter (where compared.is_compared) then 'feed_outage'
            when
                count(distinct compared.platform || ':' || coalesce(day.taxonomy_version, ''))
                filter (where compared.is_compared)
                > count(distinct compared.platform)
                then 'taxonomy'
        end as reason
    from (
        select
            compared_day.*,
            series.first_date,
            series.as_of,
            unnest(series.platforms) as platform
        from {{ ref('int_hotline_compared_day') }} as compared_day
        inner join {{ ref('int_hotline_series') }} as series on compared_day.series = series.series
    ) as compared
    left join {{ ref('int_hotline_platform_day') }} as day
        on compared.platform = day.platform and compared.day_date = day.date_day
    group by compared.series, compared.period_start, compared.comparison, compared.method
),

counted as (
    select
        compared.series,
        compared.period_start,
        compared.comparison,
        compared.method,
        day.street_code,
        day.district_code,
        day.region_code,
        coalesce(sum(if(compared.is_cut, day.cut_count, day.case_count)) filter (where compared.side = 'current'), 0)
            as current_count,
        coalesce(sum(if(compared.is_cut, day.cut_count, day.case_count)) filter (where compared.side = 'base'), 0)
            as base_count
    from {{ ref('int_hotline_compared_day') }} as compared
    inner join {{ ref('int_hotline_series_day') }} as day
        on compared.series = day.series and compared.day_date = day.received_date
    where compared.is_compared
    group by all
    union all by name
    -- The city has a row even where nothing came.
    select
        series,
        period_start,
        comparison,
        method,
        0 as current_count,
        0 as base_count
    from guard
),

city as (
    select area_code as city_code
    from {{ ref('dim_area') }}
    where level = 'city'
),

-- Every level from the smallest area; what has no known area stays in the city.
rolled as (
    select
        series,
        period_start,
        comparison,
        method,
        case
            when grouping(district_code) = 0 then 'district'
            when grouping(region_code) = 0 then 'region'
            when grouping(street_code) = 0 then 'street'
            else 'city'
        end as area_level,
        if(area_level = 'city', any_value(city_code), coalesce(district_code, region_code, street_code)) as area_code,
        cast(sum(current_count) as bigint) as current_count,
        cast(sum(base_count) as bigint) as base_count
    from counted
    cross join city
    group by grouping sets (
        (series, period_start, comparison, method),
        (series, period_start, comparison, method, district_code),
        (series, period_start, comparison, method, region_code),
        (series, period_start, comparison, method, street_code)
    )
),

-- Per household, each count stands over the households of its own time; else over one.
exposed as (
    select
        *,
        cast(null as bigint) as current_households,
        cast(null as bigint) as base_households,
        cast(1 as bigint) as current_base,
        cast(1 as bigint) as earlier_base
    from rolled
    where area_code is not null
    union all by name
    select
        rolled.* replace ('per_household' as method),
        this_month.heated_households as current_households,
        base_month.heated_households as base_households,
        this_month.heated_households as current_base,
        base_month.heated_households as earlier_base
    from rolled
    left join {{ ref('int_heating_household_month') }} as this_month
        on
            rolled.area_level = this_month.area_level
            and rolled.area_code = this_month.area_code
            and rolled.period_start = this_month.month_start
    left join {{ ref('int_heating_household_month') }} as base_month
        on
            rolled.area_level = base_month.area_level
            and rolled.area_code = base_month.area_code
            and rolled.period_start - if(rolled.comparison = 'yoy', interval 1 year, interval 1 month)
            = base_month.month_start
    where rolled.area_code is not null and rolled.method = 'raw'
),

compared as (
    select
        exposed.*,
        guard.as_of,
        guard.compared_day_count,
        guard.reason,
        small.min_cell_rank as small_base,
        -- Counts times households in ten-thousandths, the finest that safe_ratio divides: they stay exact.
        exposed.current_count * exposed.earlier_base * cast(0.0001 as decimal(4, 4)) as current_part,
        exposed.base_count * exposed.current_base * cast(0.0001 as decimal(4, 4)) as base_part,
        if(guard.reason is null, {{ safe_ratio('current_part - base_part', 'base_part') }}, null) as change,
        if(change is not null and current_part > 0, ln(current_part / base_part), null) as log_ratio,
        1.96 * sqrt(phi.value * (1 / exposed.current_count + 1 / exposed.base_count)) as reach
    from exposed
    inner join guard
        on
            exposed.series = guard.series
            and exposed.period_start = guard.period_start
            and exposed.comparison = guard.comparison
            and if(exposed.method = 'per_household', 'raw', exposed.method) = guard.method
    inner join {{ ref('dim_kpi') }} as small on small.kpi_code = 'hotline.case_yoy'
    left join {{ ref('hotline_policy') }} as phi
        on
            phi.policy = 'yoy_overdispersion'
            and exposed.period_start >= phi.valid_from
            and exposed.period_start <= coalesce(phi.valid_to, date '9999-12-31')
    where exposed.area_level = 'city' or exposed.current_count + exposed.base_count > 0
),

final as (
    select
        series,
        area_level,
        area_code,
        period_start,
        comparison,
        method,
        as_of,
        current_count,
        base_count,
        current_households,
        base_households,
        compared_day_count,
        change,
        cast(exp(log_ratio - reach) - 1 as decimal(18, 8)) as ci_low,
        cast(exp(log_ratio + reach) - 1 as decimal(18, 8)) as ci_high,
        case
            when reason is not null then 'not_comparable'
            when change is null then 'no_base'
            when base_count < small_base then 'small_base'
            else 'ok'
        end as status,
        reason,
        status = 'ok' as is_rankable
    from compared
)

select * from final
