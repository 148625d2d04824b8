-- One row per grid and day of change: the register with its history, placed by the street its community
-- names in its code.
with version as (
    {{ current_version('grid_register', key=['grid_code', 'valid_from']) }}
),

final as (
    select
        version.grid_code,
        version.valid_from,
        version.grid_kind,
        version.grid_status,
        version.community_code,
        version.households,
        version.predecessors,
        version.boundary,
        version.boundary_crs,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on left(version.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
