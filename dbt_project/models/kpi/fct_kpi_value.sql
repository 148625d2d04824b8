-- One row per KPI, area, period and as-of: the published figure with its working.

with measured as (
    select
        cell.* exclude (denominator),
        dim_feed.as_of,
        dim_feed.first_date + interval 1 year as comparable_from,
        dim_kpi.unit,
        dim_kpi.min_base,
        dim_kpi.min_cell_show,
        dim_kpi.min_cell_rank,
        dim_kpi.method_version,
        -- A count is a figure of its own: it stands over one, not over a base.
        if(dim_kpi.unit = 'count', least(cell.counted_count, 1), cell.denominator) as denominator,
        if(dim_kpi.unit in ('change', 'per_thousand', 'per_ten_thousand'), cell.denominator, cell.counted_count)
            as cell_size,
        coalesce(quality.quality_grade, 'C') as quality_grade
    from {{ ref('fct_kpi_cell') }} as cell
    inner join {{ ref('dim_kpi') }} as dim_kpi on cell.kpi_code = dim_kpi.kpi_code
    inner join {{ ref('dim_feed') }} as dim_feed on cell.feed = dim_feed.feed
    left join {{ ref('fct_feed_month') }} as quality
        on cell.feed = quality.feed and date_trunc('month', cell.period_start) = quality.month_start
),

city_base as (
    select
        kpi_code,
        period_grain,
        period_start,
        sum(denominator) as denominator
    from measured
    where unit = 'change' and area_level = 'city'
    group by kpi_code, period_grain, period_start
),

valued as (
    select
        measured.*,
        -- The area whose share of valid readings the figure rests on; a key of its own, for a condition on one side of
        -- a join would make it compare every row with every other.
        if(
            measured.kpi_code in (
                'heating.room_compliance_rate', 'heating.full_day_compliance_rate', 'heating.shortfall_degree_hours'
            ),
            measured.area_code,
            null
        ) as validity_area_code,
        {{ safe_ratio('measured.numerator', 'measured.denominator') }} as ratio,
        -- A base window before the feed began, or empty for the whole city, is no base.
        measured.unit = 'change'
        and (measured.period_start < measured.comparable_from or coalesce(city_base.denominator, 1) = 0)
            as is_incomparable
    from measured
    left join city_base
        on
            measured.kpi_code = city_base.kpi_code
            and measured.period_grain = city_base.period_grain
            and measured.period_start = city_base.period_start
),

validity as (
    select
        area_level,
        area_code,
        period_grain,
        period_start,
        ratio
    from valued
    where kpi_code = 'heating.valid_reading_rate'
),

judged as (
    select
        valued.*,
        case
            when valued.is_incomparable then 'not_comparable'
            when valued.ratio is null then 'no_base'
            -- One murder fewer is not -50 %: the counts stand, the percentage does not.
            when valued.denominator < valued.min_base then 'small_base'
            -- Below 70 % of valid point-hours a compliance rate says too little about the street.
            when valued.validity_area_code is not null and coalesce(validity.ratio, 0) < 0.70 then 'insufficient'
            when valued.cell_size < valued.min_cell_show then 'small_cell'
            -- Counted by a calendar that is not official yet.
            when valued.provisional_count > 0 then 'provisional'
            else 'ok'
        end as status
    from valued
    left join validity
        on
            valued.area_level = validity.area_level
            and valued.validity_area_code = validity.area_code
            and valued.period_grain = validity.period_grain
            and valued.period_start = validity.period_start
),

weight_of_period as (
    select
        period.period_start,
        weight.kpi_code,
        weight.weight,
        count(*) over (partition by period.period_start) as part_count
    from (select distinct period_start from judged) as period
    inner join {{ ref('composite_weight') }} as weight
        on
            period.period_start >= weight.valid_from
            and period.period_start <= coalesce(weight.valid_to, date '9999-12-31')
),

-- The composite needs all of its parts: a missing one is no zero.
composed as (
    select
        'hotline.composite_score' as kpi_code,
        part.area_level,
        part.area_code,
        part.period_grain,
        part.period_start,
        any_value(part.as_of) as as_of,
        count(*) = any_value(weight.part_count) and count(part.ratio) = count(*) as is_whole,
        cast(sum(part.ratio * weight.weight) as decimal(18, 4)) as score,
        min(part.counted_count) as counted_count,
        bool_or(part.status = 'small_cell') as is_small,
        max(part.quality_grade) as quality_grade
    from judged as part
    inner join weight_of_period as weight
        on part.kpi_code = weight.kpi_code and part.period_start = weight.period_start
    group by part.area_level, part.area_code, part.period_grain, part.period_start
),

composite as (
    select
        composed.kpi_code,
        composed.area_level,
        composed.area_code,
        composed.period_grain,
        composed.period_start,
        composed.as_of,
        dim_kpi.unit,
        dim_kpi.min_cell_rank,
        dim_kpi.method_version,
        composed.quality_grade,
        if(composed.is_whole, cast(composed.score as decimal(18, 8)), null) as ratio,
        if(composed.is_whole, composed.score, 0) as numerator,
        if(composed.is_whole, 1, 0) as denominator,
        composed.counted_count as cell_size,
        if(composed.is_whole, composed.counted_count, 0) as received_count,
        if(composed.is_whole, composed.counted_count, 0) as counted_count,
        0 as excluded_count,
        0 as immature_count,
        0 as open_not_due_count,
        '{}' as excluded_by_reason,
        case when not composed.is_whole then 'no_base' when composed.is_small then 'small_cell' else 'ok' end as status
    from composed
    inner join {{ ref('dim_kpi') }} as dim_kpi on composed.kpi_code = dim_kpi.kpi_code
),

figure as (
    select * from judged
    union all by name
    select * from composite
),

final as (
    select
        kpi_code,
        area_level,
        area_code,
        period_grain,
        period_start,
        if(period_grain = 'month', last_day(period_start), period_start) as period_end,
        as_of,
        numerator,
        cast(denominator as decimal(18, 4)) as denominator,
        cast(if(status in ('not_comparable', 'small_base'), null, ratio) as decimal(18, 8)) as value, -- noqa: RF04
        {{ wilson_bound('numerator', 'denominator', "unit = 'rate'", '-') }} as ci_low,
        {{ wilson_bound('numerator', 'denominator', "unit = 'rate'", '+') }} as ci_high,
        received_count,
        counted_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(immature_count as bigint) as immature_count,
        excluded_by_reason,
        cast(open_not_due_count as bigint) as open_not_due_count,
        status,
        status = 'ok' and if(unit = 'score', cell_size, denominator) >= min_cell_rank as is_rankable,
        method_version,
        quality_grade
    from figure
)

select * from final
