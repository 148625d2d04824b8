-- One row per community and day of change: the register with its history.
with version as (
    {{ current_version('capacity_community', key=['community_code', 'valid_from']) }}
),

final as (
    select
        version.community_code,
        version.valid_from,
        version.community_status,
        version.community_name,
        version.households,
        version.resident_population,
        version.predecessors,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
