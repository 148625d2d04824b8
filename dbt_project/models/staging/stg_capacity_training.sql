-- One row per training session and person who attended, placed by the street of the person's community.
with version as (
    {{ current_version('capacity_training', key=['session_no', 'worker_token']) }}
),

final as (
    select
        version.session_no,
        version.worker_token,
        version.trained_on,
        version.training_level,
        version.audience,
        version.community_code,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street
        on left(version.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
