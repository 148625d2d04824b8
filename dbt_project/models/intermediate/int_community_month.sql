-- One row per month and community in force on the day on which registers are read for it: whether a grid covers it.
with covered as (
    -- Many grids of a community share their days; a dedicated grid - a school, a market - covers no community.
    select distinct
        community_code,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('dim_grid') }}
    where is_in_use and grid_kind = 'general'
),

covered_day as (
    select distinct
        covered.community_code,
        month_end.day_date
    from {{ ref('int_month_end') }} as month_end
    inner join covered on month_end.day_date between covered.valid_from and covered.valid_to
),

in_force as (
    select
        month_end.month_start,
        month_end.day_date,
        community.community_code,
        community.lineage_code,
        community.street_code,
        community.district_code,
        community.region_code,
        community.households,
        community.resident_population
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('dim_community') }} as community
        on
            month_end.day_date >= community.valid_from
            and month_end.day_date <= coalesce(community.valid_to, date '9999-12-31')
    where community.is_in_use
),

final as (
    select
        in_force.*,
        covered.community_code is not null as is_covered
    from in_force
    left join covered_day as covered
        on in_force.community_code = covered.community_code and in_force.day_date = covered.day_date
)

select * from final
