-- One row per worker, grid and day of change: the register with its history, placed by the street of the grid's code.
with version as (
    {{ current_version('grid_worker', key=['worker_token', 'grid_code', 'valid_from']) }}
),

final as (
    select
        version.worker_token,
        version.grid_code,
        version.valid_from,
        version.worker_status,
        version.post,
        version.age_band,
        version.education,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on left(version.grid_code, 9) = street.area_code and street.level = 'street'
)

select * from final
