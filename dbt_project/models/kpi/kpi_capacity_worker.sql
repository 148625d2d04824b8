-- One row per KPI of community workers, smallest known area, month and exclusion reason: what registers add to each.
-- Workers are 社区工作者 throughout; 社区工作人员, cadres and police included, stand beside them in fct_capacity_month.
with worker_month as (
    select
        worker.*,
        dim_feed.feed,
        community.community_code is not null and community.resident_population is null as is_population_unknown
    from {{ ref('int_capacity_worker_month') }} as worker
    cross join {{ ref('dim_feed') }} as dim_feed
    left join {{ ref('int_community_month') }} as community
        on worker.month_start = community.month_start and worker.community_code = community.community_code
    where dim_feed.feed = 'capacity_worker' and worker.is_community_worker
),

-- Before the register of workers begins there is no figure, though communities were there.
community_month as (
    select
        community.*,
        'capacity_worker' as feed,
        community.resident_population * cast(0.0001 as decimal(4, 4)) as ten_thousand_residents
    from {{ ref('int_community_month') }} as community
    where community.month_start in (select worker_month.month_start from worker_month)
),

-- Persons, not 人次: someone who came to five sessions is one person trained.
trained_month as (
    select
        worker_month.* exclude (feed),
        training_feed.feed
    from worker_month
    cross join {{ ref('dim_feed') }} as training_feed
    where
        training_feed.feed = 'capacity_training'
        -- Nobody is untrained in a month of which the attendance lists do not speak yet.
        and worker_month.day_date >= training_feed.first_date
        and worker_month.month_start <= training_feed.as_of
),

final as (
    {{ contribution(
        'worker_month', "'capacity.workers_per_community'", day='month_start', hit='1', base='0', in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'community_month', "'capacity.workers_per_community'", day='month_start', hit='0', received='false',
        in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'worker_month', "'capacity.workers_per_ten_thousand'", day='month_start', hit='1', base='0',
        reason="case when is_population_unknown then 'X31' end", in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'community_month', "'capacity.workers_per_ten_thousand'", day='month_start', hit='0',
        base='ten_thousand_residents', received='false', in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'trained_month', "'capacity.training_coverage_rate'", day='month_start', hit='cast(is_trained as int)',
        in_day='false'
    ) }}
    union all by name
    {{ contribution(
        'worker_month', "'capacity.national_certificate_rate'", day='month_start',
        reason="case when has_national_certificate is null then 'X17' end",
        hit='cast(has_national_certificate as int)', in_day='false'
    ) }}
)

select * from final
