-- One row per line of the points ledger, placed by the street its community's code begins with.
with version as (
    {{ current_version('capacity_points_entry', key=['entry_no', 'line_no']) }}
),

final as (
    select
        version.entry_no,
        version.line_no,
        version.booked_at,
        version.account_kind,
        version.account_token,
        version.community_code,
        version.side,
        version.points,
        version.reason,
        version.event_no,
        version.rater_token,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on left(version.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
