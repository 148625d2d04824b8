-- One row per area and month: the experimental peace index, a weighted sum of the parts in fct_peace_index_part.
-- Dalian's formula is not public; weights are rows of a seed that a city replaces (docs/mediation-method.md).

with summed as (
    select
        area_level,
        area_code,
        month_start,
        cast(sum(incident_count) as bigint) as incident_count,
        any_value(residents) as residents,
        -- All parts or none: a missing one is no zero.
        count(part_score) = count(*) and sum(weight) = 1 as is_whole,
        cast(sum(weight * part_score) as decimal(18, 4)) as score
    from {{ ref('fct_peace_index_part') }}
    group by area_level, area_code, month_start
),

final as (
    select
        'safety.peace_index' as kpi_code,
        area_level,
        area_code,
        month_start,
        incident_count,
        residents,
        case when not is_whole then 'no_base' when incident_count < 30 then 'small_base' else 'ok' end as status,
        if(is_whole and incident_count >= 30, score, null) as value, -- noqa: RF04
        true as is_experimental
    from summed
)

select * from final
