-- One row per month and area: communities, households, residents and who works there, 社区工作者 beside 社区工作人员.

with part as (
    select
        month_start,
        street_code,
        district_code,
        region_code,
        1 as is_community,
        households,
        resident_population
    from {{ ref('int_community_month') }}
    union all by name
    select
        month_start,
        street_code,
        district_code,
        region_code,
        1 as is_staff,
        worker_kind,
        cast(is_community_worker as int) as is_worker,
        if(is_community_worker, education, null) as education,
        if(is_community_worker, age_band, null) as age_band,
        if(is_community_worker, has_national_certificate, null) as has_national_certificate,
        if(is_community_worker, has_post_certificate, null) as has_post_certificate,
        if(is_community_worker, is_all_round, null) as is_all_round
    from {{ ref('int_capacity_worker_month') }}
),

summed as (
    {{ area_sums('part', ['month_start'], {
        'community_count': 'count(is_community)',
        'household_count': 'cast(sum(households) as bigint)',
        'population': 'cast(sum(resident_population) as bigint)',
        'populated_count': 'count(resident_population)',
        'staff_count': 'count(is_staff)',
        'worker_count': 'cast(coalesce(sum(is_worker), 0) as bigint)',
        'recruited_count': "count(*) filter (where worker_kind = 'recruited_worker')",
        'cadre_count': "count(*) filter (where worker_kind = 'cadre')",
        'police_count': "count(*) filter (where worker_kind = 'police')",
        'other_staff_count': "count(*) filter (where worker_kind = 'other')",
        'education_known_count': 'count(education)',
        'bachelor_count': "count(*) filter (where education in ('bachelor', 'postgraduate'))",
        'postgraduate_count': "count(*) filter (where education = 'postgraduate')",
        'age_known_count': 'count(age_band)',
        'under_45_count': "count(*) filter (where age_band in ('under_35', 'from_35'))",
        'national_certificate_known_count': 'count(has_national_certificate)',
        'national_certificate_count': 'count(*) filter (where has_national_certificate)',
        'post_certificate_known_count': 'count(has_post_certificate)',
        'post_certificate_count': 'count(*) filter (where has_post_certificate)',
        'all_round_known_count': 'count(is_all_round)',
        'all_round_count': 'count(*) filter (where is_all_round)',
    }) }}
),

final as (
    select
        * exclude (population, populated_count),
        -- A sum over the communities that are known would be no sum of the area.
        if(populated_count = community_count, population, null) as resident_population,
        {{ safe_ratio('household_count', 'community_count') }} as households_per_community,
        {{ safe_ratio('worker_count', 'community_count') }} as workers_per_community,
        {{ safe_ratio('staff_count', 'community_count') }} as staff_per_community,
        {{ safe_ratio('worker_count * 10000', 'if(populated_count = community_count, population, null)') }}
            as workers_per_ten_thousand,
        {{ safe_ratio('staff_count * 10000', 'if(populated_count = community_count, population, null)') }}
            as staff_per_ten_thousand,
        {{ safe_ratio('bachelor_count', 'education_known_count') }} as bachelor_share,
        {{ safe_ratio('postgraduate_count', 'education_known_count') }} as postgraduate_share,
        {{ safe_ratio('under_45_count', 'age_known_count') }} as under_45_share,
        {{ safe_ratio('national_certificate_count', 'national_certificate_known_count') }}
            as national_certificate_share,
        {{ safe_ratio('post_certificate_count', 'post_certificate_known_count') }} as post_certificate_share,
        {{ safe_ratio('all_round_count', 'all_round_known_count') }} as all_round_share
    from summed
)

select * from final
