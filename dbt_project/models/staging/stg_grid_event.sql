-- One row per grid event: its current version, placed by the street its grid code begins with.
with version as (
    {{ current_version('grid_event', key=['event_no'], version='updated_at') }}
),

final as (
    select
        version.event_no,
        version.grid_code,
        version.item_code,
        version.severity,
        version.reporter_token,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution,
        version.status,
        version.is_self_handled,
        version.reported_at,
        version.due_at,
        version.handled_at,
        version.closed_at,
        version.updated_at,
        version.lon,
        version.lat,
        version.crs,
        version.photo_count,
        version.photo_hash
    from version
    -- The first six digits are no fallback: a functional zone governs streets of several districts.
    left join {{ ref('area') }} as street on left(version.grid_code, 9) = street.area_code and street.level = 'street'
)

select * from final
