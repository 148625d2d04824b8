-- One row per livelihood item: its current version.
with version as (
    {{ current_version('capacity_livelihood_item', key=['item_no'], version='updated_at') }}
),

final as (
    select
        version.item_no,
        version.item_kind,
        version.community_code,
        version.lead_unit,
        version.listed_date,
        version.promised_date,
        version.started_date,
        version.solved_date,
        version.confirmed_date,
        version.item_status,
        version.updated_at,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
