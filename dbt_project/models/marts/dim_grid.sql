-- One row per grid and span of days in which nothing about it changed; its boundary stays in the warehouse.

with community as (
    select * from {{ ref('int_community_place') }}
),

placed as (
    select
        register.*,
        -- The register of communities knows where a community lies; its code tells where it lay when it was named.
        coalesce(community.street_code, register.area_code) as street_code
    from {{ ref('stg_grid_register') }} as register
    left join community on register.community_code = community.community_code
),

final as (
    select
        placed.grid_code,
        placed.valid_from,
        lead(placed.valid_from) over (partition by placed.grid_code order by placed.valid_from) - 1 as valid_to,
        placed.grid_kind,
        placed.grid_status = 'in_use' as is_in_use,
        placed.community_code,
        placed.street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        placed.households,
        lineage.lineage_code
    from placed
    inner join {{ ref('int_grid_lineage') }} as lineage on placed.grid_code = lineage.grid_code
    left join {{ ref('dim_area') }} as area on placed.street_code = area.area_code
)

select * from final
