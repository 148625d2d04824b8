-- One row per area and month in which items were raised at deliberation points: what became of them, with the n.
{%- set levels = ['district', 'region', 'street'] %}

with item as (
    select
        item.*,
        dim_feed.as_of,
        cast(date_trunc('month', item.raised_at) as date) as month_start,
        -- A grade before the end grades nothing.
        item.closed_at is not null and item.satisfaction is not null as is_graded,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_mediation_deliberation') }} as item
    inner join {{ ref('dim_feed') }} as dim_feed on dim_feed.feed = 'mediation_deliberation'
    left join {{ ref('dim_area') }} as area on item.area_code = area.area_code
),

rolled as (
    select
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        month_start,
        any_value(as_of) as as_of,
        count(distinct point_code) as point_count,
        cast(coalesce(sum(session_count), 0) as bigint) as session_count,
        count(*) as raised_count,
        count(closed_at) as closed_count,
        count(*) filter (where is_graded) as graded_count,
        count(*) filter (where is_graded and satisfaction = 'satisfied') as satisfied_count
    from item
    group by {{ by_area_levels(['month_start'], levels) }}
    having {{ known_area(levels) }}
),

final as (
    select
        *,
        -- 22 of 22 is no 100 %: below 30 grades the counts and the interval stand, the percentage does not.
        if(graded_count >= 30, {{ safe_ratio('satisfied_count', 'graded_count') }}, null) as satisfaction_rate,
        {{ wilson_bound('satisfied_count', 'graded_count', 'true', '-') }} as ci_low,
        {{ wilson_bound('satisfied_count', 'graded_count', 'true', '+') }} as ci_high,
        case when graded_count = 0 then 'no_base' when graded_count < 30 then 'small_base' else 'ok' end as status
    from rolled
)

select * from final
