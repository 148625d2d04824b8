-- One row per three-list service case: its current version.
with version as (
    {{ current_version('capacity_service_case', key=['service_no'], version='updated_at') }}
),

final as (
    select
        version.service_no,
        version.service_list,
        version.item_code,
        version.community_code,
        version.accepted_at,
        version.promised_date,
        version.done_at,
        version.service_count,
        version.service_status,
        version.updated_at,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
