-- One row per community worker and day of change: the register with its history, placed by the street of the community.
with version as (
    {{ current_version('capacity_worker', key=['worker_token', 'valid_from']) }}
),

final as (
    select
        version.worker_token,
        version.valid_from,
        version.worker_status,
        version.community_code,
        version.worker_kind,
        version.post,
        version.age_band,
        version.education,
        version.has_national_certificate,
        version.has_post_certificate,
        version.is_all_round,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on left(version.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
