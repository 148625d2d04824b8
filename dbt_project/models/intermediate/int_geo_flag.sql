-- One row per rule and event or row of a register that breaks it: kept and counted, but shown to who can repair it.
-- Whose register does not arrive at all is not at fault a thousand times: then nothing is unknown to it.
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

unusable_boundary as (
    select
        'boundary_unusable' as rule_code,
        'grid_register' as feed,
        boundary.grid_code as subject_code,
        cast(null as varchar) as related_code,
        boundary.valid_from as flagged_date,
        grid.street_code,
        grid.district_code,
        grid.region_code
    from {{ ref('int_grid_boundary') }} as boundary
    inner join grid on boundary.grid_code = grid.grid_code and boundary.valid_from = grid.valid_from
    where boundary.shape is null
),

overlapping as (
    select
        'grids_overlap' as rule_code,
        'grid_register' as feed,
        one.grid_code as subject_code,
        other.grid_code as related_code,
        greatest(one.valid_from, other.valid_from) as flagged_date,
        grid.street_code,
        grid.district_code,
        grid.region_code
    from {{ ref('int_grid_boundary') }} as one
    inner join {{ ref('int_grid_boundary') }} as other on one.overlapped_id = other.boundary_id
    inner join grid on one.grid_code = grid.grid_code and one.valid_from = grid.valid_from
),

misplaced as (
    select
        unnest(list_filter([
            case
                when place.grid_resolution in ('successor', 'lineage') then 'retired_grid_code'
                when place.grid_resolution = 'point' and code.grid_code is not null then 'retired_grid_code'
                when place.grid_resolution in ('point', 'none') then 'unknown_grid_code'
            end,
            case place.point_status
                when 'outside_city' then 'point_outside_city'
                when 'other_grid' then 'point_in_other_grid'
                when 'unknown_crs' then 'unknown_coordinate_system'
            end
        ], rule -> rule is not null)) as rule_code,
        place.event_no,
        place.grid_code,
        place.point_grid_code,
        place.reported_date,
        place.street_code
    from {{ ref('int_grid_event_place') }} as place
    left join (select distinct grid_code from {{ ref('int_grid_code') }}) as code on place.grid_code = code.grid_code
    where
        place.grid_resolution <> 'exact'
        or place.point_status in ('outside_city', 'other_grid', 'unknown_crs')
),

event as (
    select
        misplaced.rule_code,
        'grid_event' as feed,
        misplaced.event_no as subject_code,
        if(misplaced.rule_code like '%grid_code', misplaced.grid_code, misplaced.point_grid_code) as related_code,
        misplaced.reported_date as flagged_date,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from misplaced
    left join {{ ref('dim_area') }} as area on misplaced.street_code = area.area_code
    where misplaced.rule_code not like '%grid_code' or exists (select 1 from {{ ref('dim_grid') }})
),

final as (
    select * from in_unknown_community
    union all by name
    select * from households_contradict
    union all by name
    select * from street_contradicts
    union all by name
    select * from unusable_boundary
    union all by name
    select * from overlapping
    union all by name
    select * from event
)

select * from final
