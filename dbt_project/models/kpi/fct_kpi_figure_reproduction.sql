-- One row per class of published figures: how many came out among those that could. A row without a class sums all.
-- Ambiguous, contradictory and external figures are never expected to come out, nor are those of a time without data.

with judged as (
    select
        figure_class,
        as_of,
        verdict in ('reproduced', 'within_interval') as is_reproduced,
        verdict = 'not_measured' as is_not_measured
    from {{ ref('fct_published_figure') }}
    where figure_class in ('A', 'B', 'C', 'D')
),

summed as (
    select
        figure_class,
        max(as_of) as as_of,
        count(*) filter (where is_reproduced) as reproduced_count,
        count(*) filter (where is_not_measured) as not_measured_count,
        cast(count(*) filter (where is_reproduced) as decimal(18, 4)) as numerator,
        cast(count(*) filter (where not is_not_measured) as decimal(18, 4)) as denominator
    from judged
    group by grouping sets ((), (figure_class))
),

final as (
    select
        'quality.figure_reproduction_rate' as kpi_code,
        figure_class,
        as_of,
        reproduced_count,
        not_measured_count,
        numerator,
        denominator,
        {{ safe_ratio('numerator', 'denominator') }} as value -- noqa: RF04
    from summed
    where reproduced_count + not_measured_count + denominator > 0
)

select * from final
