-- One row per KPI, area, period and as-of: the published figure with its working.
{{ config(meta={'public': true}) }}

with measured as (
    select
        cell.* exclude (denominator),
        dim_kpi.unit,
        dim_kpi.min_cell_show,
        dim_kpi.min_cell_rank,
        dim_kpi.method_version,
        -- A count is a figure of its own: it stands over one, not over a base.
        if(dim_kpi.unit = 'count', least(cell.counted_count, 1), cell.denominator) as denominator,
        if(dim_kpi.unit = 'change', cell.denominator, cell.counted_count) as cell_size,
        coalesce(quality.quality_grade, 'C') as quality_grade
    from {{ ref('fct_kpi_cell') }} as cell
    inner join {{ ref('dim_kpi') }} as dim_kpi on cell.kpi_code = dim_kpi.kpi_code
    left join {{ ref('fct_feed_month') }} as quality
        on cell.feed = quality.feed and date_trunc('month', cell.period_start) = quality.month_start
),

valued as (
    select
        *,
        {{ safe_ratio('numerator', 'denominator') }} as ratio,
        -- A base window before the feed began, or empty for the whole city, is no base.
        unit = 'change' and (
            period_start < comparable_from
            or sum(denominator) filter (where area_level = 'city') over (
                partition by kpi_code, period_grain, period_start
            ) = 0
        ) as is_incomparable
    from measured
),

judged as (
    select
        *,
        case
            when is_incomparable then 'not_comparable'
            when ratio is null then 'no_base'
            -- Below 70 % of valid point-hours a compliance rate says too little about the street.
            when
                kpi_code = 'heating.room_compliance_rate'
                and coalesce(max(ratio) filter (where kpi_code = 'heating.valid_reading_rate') over (
                    partition by area_level, area_code, period_grain, period_start
                ), 0) < 0.70
                then 'insufficient'
            when cell_size < min_cell_show then 'small_cell'
            else 'ok'
        end as status
    from valued
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
        if(status = 'not_comparable', null, ratio) as value, -- noqa: RF04
        received_count,
        counted_count,
        excluded_count,
        immature_count,
        excluded_by_reason,
        open_not_due_count,
        status,
        status = 'ok' and denominator >= min_cell_rank as is_rankable,
        method_version,
        quality_grade
    from judged
)

select * from final
