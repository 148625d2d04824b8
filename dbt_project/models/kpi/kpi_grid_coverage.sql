-- One row per grid KPI of the registers, smallest known area, month and exclusion reason: what they add to each figure.
with community_month as (
    select
        community.*,
        dim_feed.feed
    from {{ ref('int_community_month') }} as community
    cross join {{ ref('dim_feed') }} as dim_feed
    -- Before the register of grids begins no community is without one: nothing is known.
    where dim_feed.feed = 'grid_register' and community.day_date >= dim_feed.first_date
),

final as (
    {{ contribution(
        'community_month', "'grid.coverage_rate'", day='month_start', hit='cast(is_covered as int)', in_day='false'
    ) }}
)

select * from final
