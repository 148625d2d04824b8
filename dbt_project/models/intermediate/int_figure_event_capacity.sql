-- One row per session, activity, service or hardship that a published figure counts. Holds tokens: never released.
with training as (
    select
        unnest(
            if(
                audience = 'grid_worker',
                ['training.session', 'training.attendance'],
                if(audience = 'community_worker', ['training.community_worker'], [])
            )
        ) as count_code,
        trained_on as day_date,
        area_code,
        session_no,
        worker_token
    from {{ ref('stg_capacity_training') }}
),

activity as (
    select
        unnest(['activity.' || activity_type, 'activity.' || activity_type || '_attendance']) as count_code,
        held_on as day_date,
        area_code,
        unnest([session_count, attendance_count]) as amount
    from {{ ref('stg_capacity_activity') }}
),

counted as (
    -- 人次 count every attendance, sessions and persons once each.
    select
        count_code,
        day_date,
        area_code,
        if(count_code = 'training.attendance', 1, null) as amount,
        if(count_code = 'training.session', session_no, worker_token) as subject
    from training
    union all by name
    select *
    from activity
    where amount is not null
    union all by name
    select
        'service.count' as count_code,
        cast(accepted_at as date) as day_date,
        area_code,
        service_count as amount
    from {{ ref('stg_capacity_service_case') }}
    where service_status <> 'withdrawn'
),

livelihood as (
    select
        unnest(['livelihood.listed', 'livelihood.solved']) as count_code,
        unnest([listed_date, solved_date]) as day_date,
        region_code
    from {{ ref('fct_livelihood_item') }}
    where withdrawn_date is null
),

final as (
    select
        counted.count_code,
        counted.day_date,
        area.region_code,
        cast(counted.amount as decimal(28, 8)) as amount,
        counted.subject
    from counted
    left join {{ ref('dim_area') }} as area on counted.area_code = area.area_code
    union all by name
    select
        *,
        cast(1 as decimal(28, 8)) as amount
    from livelihood
    where day_date is not null
    union all by name
    select
        'catalogue.query' as count_code,
        month_start as day_date,
        cast(query_count as decimal(28, 8)) as amount
    from {{ ref('fct_catalogue_month') }}
    union all by name
    select distinct
        'catalogue.month' as count_code,
        month_start as day_date,
        cast(month_start as varchar) as subject
    from {{ ref('fct_catalogue_month') }}
)

select * from final
