-- One row per community activity, placed by its street, else by the street its community code begins with.
with version as (
    {{ current_version('capacity_activity', key=['activity_no']) }}
),

final as (
    select
        version.activity_no,
        version.held_on,
        version.activity_type,
        version.session_count,
        version.attendance_count,
        version.household_count,
        version.community_code,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on
            coalesce(version.street_code, left(version.community_code, 9)) = street.area_code
            and street.level = 'street'
)

select * from final
