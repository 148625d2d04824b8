-- One row per worker, grid and span of days in which nothing about it changed. Holds tokens, so it never leaves here.
with final as (
    select
        worker_token,
        grid_code,
        valid_from,
        lead(valid_from) over (partition by worker_token, grid_code order by valid_from) - 1 as valid_to,
        worker_status = 'on_duty' as is_on_duty,
        post,
        age_band,
        education,
        area_code
    from {{ ref('stg_grid_worker') }}
)

select * from final
