-- One row per property KPI, smallest known area, month and exclusion reason: what the compounds add to each figure.
with compound_month as (
    select
        compound.*,
        dim_feed.feed
    from {{ ref('int_property_compound_month') }} as compound
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'property_compound'
),

final as (
    {{ contribution(
        'compound_month', "'property.coverage_rate'", day='month_start', hit='cast(is_covered as int)', in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'compound_month', "'property.committee_rate'", day='month_start',
        reason="case when is_eligible is null then 'X17' when not is_eligible then 'X30' end",
        hit="cast(coalesce(committee in ('owners_committee', 'management_committee'), false) as int)", in_day='false'
    ) }}
)

select * from final
