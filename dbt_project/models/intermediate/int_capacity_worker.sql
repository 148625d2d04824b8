-- One row per community worker and span of days in which nothing about them changed. Tokens: never released.
with final as (
    select
        worker.worker_token,
        worker.valid_from,
        lead(worker.valid_from) over (partition by worker.worker_token order by worker.valid_from) - 1 as valid_to,
        worker.worker_status = 'in_post' as is_in_post,
        worker.worker_kind,
        -- 社区工作者, newly recruited ones included; cadres and police who work there besides are 社区工作人员 only.
        worker.worker_kind in ('community_worker', 'recruited_worker') as is_community_worker,
        worker.post,
        worker.age_band,
        worker.education,
        worker.has_national_certificate,
        worker.has_post_certificate,
        worker.is_all_round,
        worker.community_code,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_capacity_worker') }} as worker
    -- Where the register of communities has it; else where the community's code says that it lay when it was named.
    left join {{ ref('int_community_place') }} as place on worker.community_code = place.community_code
    left join {{ ref('dim_area') }} as area on coalesce(place.street_code, worker.area_code) = area.area_code
)

select * from final
