-- One row per KPI: how far its closed months moved since the release before. A row without a subject sums all of them.
-- A figure adds |change| ÷ its former self, at most 1: cases, households and degrees are never added to one another.

with measured as (
    select
        kpi_code as subject_kpi_code,
        previous_as_of,
        case
            when value = previous_value then cast(0 as decimal(18, 8))
            -- What was nothing, or is no figure any more, moved wholly.
            when previous_value = 0 or value is null then cast(1 as decimal(18, 8))
            else least({{ safe_ratio('abs(value - previous_value)', 'abs(previous_value)') }}, 1)
        end as moved_share
    from {{ ref('fct_kpi_closed_month') }}
),

summed as (
    select
        subject_kpi_code,
        max(previous_as_of) as previous_as_of,
        count(*) as compared_count,
        count(*) filter (where moved_share > 0) as restated_count,
        cast(sum(moved_share) as decimal(18, 4)) as numerator,
        cast(count(*) as decimal(18, 4)) as denominator
    from measured
    group by grouping sets ((), (subject_kpi_code))
),

final as (
    select
        'quality.restatement_rate' as kpi_code,
        subject_kpi_code,
        previous_as_of,
        compared_count,
        restated_count,
        numerator,
        denominator,
        {{ safe_ratio('numerator', 'denominator') }} as value -- noqa: RF04
    from summed
    where compared_count > 0
)

select * from final
