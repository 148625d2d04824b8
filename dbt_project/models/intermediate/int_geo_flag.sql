-- One row per rule and row of a register that breaks it: kept and counted, but shown to the office that can repair it.
with community as (
    select *
    from {{ ref('dim_community') }}
    where valid_to is null and is_in_use
),

grid as (
    select *
    from {{ ref('dim_grid') }}
    where valid_to is null and is_in_use
),

counted as (
    select
        community_code,
        sum(households) as households,
        max(valid_from) as valid_from
    from grid
    where grid_kind = 'general'
    group by community_code
),

in_unknown_community as (
    select
        'grid_in_unknown_community' as rule_code,
        'grid_register' as feed,
        grid.grid_code as subject_code,
        grid.community_code as related_code,
        grid.valid_from as flagged_date,
        grid.street_code,
        grid.district_code,
        grid.region_code
    from grid
    -- A city that does not deliver the register of communities is not at fault a thousand times.
    where
        grid.community_code not in (select known.community_code from {{ ref('dim_community') }} as known)
        and exists (select 1 from {{ ref('dim_community') }})
),

households_contradict as (
    select
        'households_contradict' as rule_code,
        'grid_register' as feed,
        community.community_code as subject_code,
        cast(null as varchar) as related_code,
        greatest(community.valid_from, counted.valid_from) as flagged_date,
        community.street_code,
        community.district_code,
        community.region_code
    from community
    inner join counted on community.community_code = counted.community_code
    where abs(counted.households - community.households) * 5 > community.households
),

street_contradicts as (
    select
        'street_contradicts' as rule_code,
        'capacity_community' as feed,
        community_code as subject_code,
        street_code as related_code,
        valid_from as flagged_date,
        street_code,
        district_code,
        region_code
    from community
    where street_code <> left(community_code, 9)
),

final as (
    select * from in_unknown_community
    union all by name
    select * from households_contradict
    union all by name
    select * from street_contradicts
)

select * from final
