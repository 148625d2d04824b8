-- One row per capacity KPI of the register of communities, smallest known area, month and exclusion reason.
with community_month as (
    select
        community.*,
        dim_feed.feed
    from {{ ref('int_community_month') }} as community
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'capacity_community'
),

final as (
    {{ contribution(
        'community_month', "'capacity.households_per_community'", day='month_start', hit='households', in_day='false'
    ) }}
)

select * from final
