-- One row per level of hazard, area and month: found, rectified, verified - and open, overdue, waiting at its end.
{%- set levels = ['district', 'region', 'street'] %}

with month_end as (
    select
        hazard.*,
        month.month_start,
        dim_feed.as_of,
        least(cast(month.day_date + 1 as timestamp), dim_feed.as_of) as end_at,
        hazard.found_at >= month.month_start as is_found,
        coalesce(hazard.remedied_at, timestamp '9999-12-31') > end_at as is_open,
        coalesce(hazard.verified_at, timestamp '9999-12-31') > end_at as is_unverified
    from {{ ref('fct_hazard') }} as hazard
    inner join {{ ref('dim_feed') }} as dim_feed on dim_feed.feed = 'safety_hazard'
    inner join {{ ref('int_month_end') }} as month
        on
            hazard.found_at < cast(month.day_date + 1 as timestamp)
            and coalesce(hazard.verified_at, timestamp '9999-12-31') >= month.month_start
    where not hazard.has_time_flaw and month.month_start <= dim_feed.as_of
),

graded as (
    select
        *,
        'all' as grade
    from month_end
    union all
    select
        *,
        level as grade
    from month_end
),

final as (
    select
        grade as level,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        month_start,
        any_value(as_of) as as_of,
        count(*) filter (where is_found) as found_count,
        count(*) filter (where is_found and found_by = 'reward_report') as reward_report_count,
        count(*) filter (where is_found and remedied_at is not null) as found_rectified_count,
        count(*) filter (where is_found and verified_at is not null) as found_verified_count,
        count(*) filter (where is_found and penalised_at is not null) as found_penalised_count,
        count(*) filter (where is_open) as open_count,
        count(*) filter (where is_open and due_at < end_at) as overdue_count,
        count(*) filter (where not is_open and is_unverified) as awaiting_verification_count
    from graded
    group by {{ by_area_levels(['grade', 'month_start'], levels) }}
    having {{ known_area(levels) }}
)

select * from final
