-- One row per community, worker or resource and span of days in force: what the capacity registers hold.
with community as (
    select
        unnest(['community.in_use', 'community.households', 'community.population']) as register_code,
        valid_from,
        valid_to,
        district_code,
        region_code,
        unnest([1, households, resident_population]) as quantity
    from {{ ref('dim_community') }}
    where is_in_use
),

worker as (
    select
        *,
        worker_kind = 'recruited_worker' as is_recruited,
        coalesce(education = 'postgraduate', false) as is_postgraduate,
        coalesce(education in ('bachelor', 'postgraduate'), false) as is_bachelor
    from {{ ref('int_capacity_worker') }}
    where is_in_post
),

-- 社区工作者 is a profession; 社区工作人员 is everyone who works there, cadres and police included.
staff as (
    select
        unnest(list_filter([
            if(is_community_worker, 'staff.social', null),
            if(is_recruited, 'staff.recruited', null),
            if(is_recruited and is_bachelor, 'staff.recruited_bachelor', null),
            if(is_recruited and is_postgraduate, 'staff.recruited_postgraduate', null),
            if(is_community_worker and is_bachelor, 'staff.bachelor', null),
            if(is_community_worker and is_postgraduate, 'staff.postgraduate', null),
            if(is_community_worker and age_band in ('under_35', 'from_35'), 'staff.under_45', null),
            if(is_community_worker and has_post_certificate, 'staff.post_certificate', null),
            if(worker_kind = 'cadre', 'staff.cadre', null),
            if(worker_kind = 'police', 'staff.police', null)
        ], lambda code: code is not null)) as register_code,
        valid_from,
        valid_to,
        district_code,
        region_code
    from worker
),

final as (
    select * replace (cast(quantity as decimal(18, 2)) as quantity)
    from community
    union all by name
    select
        *,
        cast(1 as decimal(18, 2)) as quantity
    from staff
    union all by name
    select
        'facility.' || facility_type as register_code,
        valid_from,
        valid_to,
        district_code,
        region_code,
        cast(quantity as decimal(18, 2)) as quantity
    from {{ ref('dim_facility') }}
    where is_in_use
)

select
    *,
    cast(null as varchar) as subject
from final
