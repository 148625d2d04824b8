-- One row per supervision action: its current version.
with version as (
    {{ current_version('heating_action', key=['action_no'], version='updated_at') }}
),

final as (
    select
        version.action_no,
        version.alert_no,
        version.mechanism,
        version.enterprise_name,
        version.point_id,
        version.triggered_at,
        version.due_at,
        version.done_at,
        version.measured_c,
        version.result,
        version.cause_party,
        version.updated_at,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
