-- One row per figure of the ledger that this warehouse can measure: the value found, with what it was divided from.
with figure as (
    select
        figure.*,
        if(area.level = 'city', 'city', 'region') as area_level
    from {{ ref('published_figure') }} as figure
    inner join {{ ref('area') }} as area on figure.area_code = area.area_code
),

counted as (
    select
        figure.figure_id,
        figure.measure,
        part.amount * if(figure.measure = 'ratio10k', 10000, 1) as numerator,
        if(figure.base_code is null, 1, base.amount) as denominator
    from figure
    inner join {{ ref('int_figure_count') }} as part
        on
            figure.measure_code = part.count_code
            and figure.area_code = part.area_code
            and figure.as_of = part.as_of
            and figure.period_start is not distinct from part.period_start
    left join {{ ref('int_figure_count') }} as base
        on
            figure.base_code = base.count_code
            and figure.area_code = base.area_code
            and figure.as_of = base.as_of
            and figure.period_start is not distinct from base.period_start
    where figure.measure in ('count', 'ratio', 'ratio10k')
),

-- A flow sums the months of its period, a stock is read in its last one; numerators and denominators, never rates.
kpi as (
    select
        figure.figure_id,
        figure.measure,
        sum(kpi.numerator) as numerator,
        sum(kpi.denominator) as denominator
    from figure
    inner join {{ ref('fct_kpi_value') }} as kpi
        on
            figure.measure_code = kpi.kpi_code
            and figure.area_level = kpi.area_level
            and figure.area_code = kpi.area_code
            and kpi.period_grain = 'month'
            and figure.as_of >= kpi.period_start
            and kpi.period_start >= if(
                figure.measure = 'kpi_month', date_trunc('month', figure.as_of), figure.period_start
            )
    where figure.measure in ('kpi_month', 'kpi_span')
    group by figure.figure_id, figure.measure
    having figure.measure = 'kpi_month' or min(kpi.period_start) = any_value(date_trunc('month', figure.period_start))
),

season as (
    select
        figure.figure_id,
        figure.measure,
        season.current_count as numerator,
        season.base_count as denominator,
        cast(season.value as decimal(28, 8)) as value -- noqa: RF04
    from figure
    inner join {{ ref('fct_kpi_season') }} as season
        on
            figure.measure_code = season.series || '/' || season.span || '/' || season.method
            and figure.area_level = season.area_level
            and figure.area_code = season.area_code
    where figure.measure = 'season' and season.status = 'ok'
),

safety as (
    select
        figure.figure_id,
        figure.measure,
        year.current_count as numerator,
        year.base_count as denominator,
        cast(year.change as decimal(28, 8)) as value -- noqa: RF04
    from figure
    inner join {{ ref('fct_safety_comparison') }} as year
        on
            figure.measure_code = year.incident_class
            and figure.area_level = year.area_level
            and figure.area_code = year.area_code
            and figure.period_start = year.period_start
    where figure.measure = 'safety' and year.period_kind = 'year' and year.status = 'ok'
),

measured as (
    select * from counted
    union all
    select * from kpi
    union all by name
    select * from season
    union all by name
    select * from safety
),

-- Wide sums would cost the quotients their last decimals: each is cast for itself.
typed as (
    select
        measured.figure_id,
        measured.measure,
        figure.form,
        cast(measured.numerator as decimal(28, 8)) as numerator,
        cast(measured.denominator as decimal(28, 8)) as denominator,
        cast(measured.value as decimal(28, 8)) as value -- noqa: RF04
    from measured
    inner join figure on measured.figure_id = figure.figure_id
),

final as (
    select
        figure_id,
        numerator,
        denominator,
        cast(
            case
                when value is not null then value
                when measure = 'count' then numerator
                when
                    form = 'change'
                    then cast({{ safe_ratio('numerator - denominator', 'denominator') }} as decimal(28, 8))
                else cast({{ safe_ratio('numerator', 'denominator') }} as decimal(28, 8))
            end as decimal(28, 8)
        ) as value -- noqa: RF04
    from typed
)

select * from final
where value is not null
