-- One row per series of complaints, area, season (or calendar year) and method: how much they fell, if it can be said.
-- City and province are never added; the union counts each case once. Rules: docs/heating-method.md, 7.

with guard as (
    select
        compared.series,
        compared.span,
        any_value(compared.span_kind) as span_kind,
        any_value(compared.span_start) as span_start,
        any_value(compared.base_start) as base_start,
        any_value(series.as_of) as as_of,
        count(distinct compared.day_date) filter (where compared.side = 'current') as compared_day_count,
        case
            when bool_or(compared.day_date < series.first_date) then 'before_first_day'
            when bool_or(platform_day.is_outage) then 'feed_outage'
            when
                count(distinct platform.platform || ':' || coalesce(platform_day.taxonomy_version, ''))
                > count(distinct platform.platform)
                then 'taxonomy'
        end as reason
    from {{ ref('int_heating_compared_day') }} as compared
    inner join {{ ref('int_hotline_series') }} as series on compared.series = series.series
    cross join unnest(series.platforms) as platform (platform)
    left join {{ ref('int_hotline_platform_day') }} as platform_day
        on platform.platform = platform_day.platform and compared.day_date = platform_day.date_day
    group by compared.series, compared.span
),

weather as (
    select
        compared.series,
        compared.span,
        sum(weather.degree_days) filter (where compared.side = 'current') as current_degree_days,
        sum(weather.degree_days) filter (where compared.side = 'base') as base_degree_days,
        -- A day without weather would be a day without cold.
        count(*) = count(weather.weather_date) as is_known
    from {{ ref('int_heating_compared_day') }} as compared
    left join {{ ref('fct_heating_weather_day') }} as weather on compared.day_date = weather.weather_date
    group by compared.series, compared.span
),

counted as (
    select
        compared.series,
        compared.span,
        day.district_code,
        day.region_code,
        coalesce(sum(if(compared.is_cut, day.cut_count, day.case_count)) filter (where compared.side = 'current'), 0)
            as current_count,
        coalesce(sum(if(compared.is_cut, day.cut_count, day.case_count)) filter (where compared.side = 'base'), 0)
            as base_count
    from {{ ref('int_heating_compared_day') }} as compared
    inner join {{ ref('int_hotline_series_day') }} as day
        on compared.series = day.series and compared.day_date = day.received_date
    group by all
    union all by name
    -- The city has a row even where nothing came.
    select
        series,
        span,
        0 as current_count,
        0 as base_count
    from guard
),

city as (
    select area_code as city_code
    from {{ ref('dim_area') }}
    where level = 'city'
),

rolled as (
    select
        series,
        span,
        case
            when grouping(district_code) = 0 then 'district'
            when grouping(region_code) = 0 then 'region'
            else 'city'
        end as area_level,
        if(area_level = 'city', any_value(city_code), coalesce(district_code, region_code)) as area_code,
        cast(sum(current_count) as bigint) as current_count,
        cast(sum(base_count) as bigint) as base_count
    from counted
    cross join city
    group by grouping sets ((series, span), (series, span, district_code), (series, span, region_code))
),

-- Each count stands over what it is measured by: nothing, the households of its time, the cold of its days.
exposed as (
    select
        rolled.*,
        exposure.method,
        exposure.current_exposure,
        exposure.base_exposure
    from rolled
    inner join guard on rolled.series = guard.series and rolled.span = guard.span
    inner join weather on rolled.series = weather.series and rolled.span = weather.span
    left join {{ ref('int_heating_household_month') }} as now
        on
            rolled.area_level = now.area_level
            and rolled.area_code = now.area_code
            and date_trunc('month', guard.span_start) = now.month_start
    left join {{ ref('int_heating_household_month') }} as base
        on
            rolled.area_level = base.area_level
            and rolled.area_code = base.area_code
            and date_trunc('month', guard.base_start) = base.month_start
    cross join (
        values
        ('raw', cast(1 as decimal(18, 2)), cast(1 as decimal(18, 2))),
        (
            'per_household',
            cast(if(rolled.series = 'city_property', now.households, now.heated_households) as decimal(18, 2)),
            cast(if(rolled.series = 'city_property', base.households, base.heated_households) as decimal(18, 2))
        ),
        (
            'per_degree_day',
            if(weather.is_known, cast(weather.current_degree_days as decimal(18, 2)), null),
            if(weather.is_known, cast(weather.base_degree_days as decimal(18, 2)), null)
        )
    ) as exposure (method, current_exposure, base_exposure)
    where
        rolled.area_code is not null
        and not (rolled.series = 'city_property' and exposure.method = 'per_degree_day')
),

policy_of as (
    select
        guard.series,
        guard.span,
        max(policy.value) filter (where policy.policy = 'yoy_overdispersion') as overdispersion,
        max(policy.value) filter (where policy.policy = 'small_base_cases') as small_base
    from guard
    inner join {{ ref('heating_policy') }} as policy
        on
            guard.span_start >= policy.valid_from
            and guard.span_start <= coalesce(policy.valid_to, date '9999-12-31')
    group by guard.series, guard.span
),

compared as (
    select
        exposed.*,
        guard.span_kind,
        guard.span_start,
        guard.as_of,
        guard.compared_day_count,
        policy_of.small_base,
        coalesce(
            guard.reason,
            case
                when exposed.method = 'per_degree_day' and exposed.current_exposure is null then 'no_weather'
                when
                    exposed.method = 'per_household'
                    and (exposed.current_exposure is null or exposed.base_exposure is null)
                    then 'no_households'
            end
        ) as reason,
        -- Counts over exposures, multiplied out in ten-thousandths so that they stay exact.
        cast(exposed.current_count * exposed.base_exposure * cast(0.0001 as decimal(4, 4)) as decimal(38, 6))
            as current_part,
        cast(exposed.base_count * exposed.current_exposure * cast(0.0001 as decimal(4, 4)) as decimal(38, 6))
            as base_part,
        1.96 * sqrt(policy_of.overdispersion * (1 / exposed.current_count + 1 / exposed.base_count)) as reach
    from exposed
    inner join guard on exposed.series = guard.series and exposed.span = guard.span
    inner join policy_of on exposed.series = policy_of.series and exposed.span = policy_of.span
    where exposed.area_level = 'city' or exposed.current_count + exposed.base_count > 0
),

changed as (
    select
        *,
        if(reason is null, {{ safe_ratio('current_part - base_part', 'base_part') }}, null) as change,
        if(change is not null and current_part > 0, ln(current_part / base_part), null) as log_ratio
    from compared
),

final as (
    select
        if(series = 'city_property', 'hotline.property_complaint_yoy', 'heating.season_yoy') as kpi_code,
        series,
        span_kind,
        span,
        span_start,
        area_level,
        area_code,
        method,
        as_of,
        current_count,
        base_count,
        current_exposure,
        base_exposure,
        compared_day_count,
        change as value, -- noqa: RF04
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
    from changed
)

select * from final
