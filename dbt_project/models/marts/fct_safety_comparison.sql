-- One row per class of incidents, area, period and its kind: a month, a year to date or a whole year against the last.

with to_date as (
    select
        *,
        cast(date_trunc('year', month_start) as date) as year_start,
        sum(incident_count) over so_far as count_to_date,
        sum(paired_count) over so_far as paired_to_date,
        sum(base_count) over so_far as base_to_date,
        min(paired_street_count) over so_far as fewest_paired,
        max(reporting_street_count) over so_far as most_reporting,
        count(*) over so_far as month_count
    from {{ ref('fct_public_security_month') }}
    window so_far as (
        partition by incident_class, area_level, area_code, date_trunc('year', month_start)
        order by month_start
    )
),

period as (
    select
        incident_class,
        area_level,
        area_code,
        'month' as period_kind,
        month_start as period_start,
        month_start as last_month,
        incident_count,
        paired_count as current_count,
        base_count,
        paired_street_count = reporting_street_count as is_whole
    from to_date
    union all
    select
        incident_class,
        area_level,
        area_code,
        unnest(if(month(month_start) = 12, ['year_to_date', 'year'], ['year_to_date'])) as period_kind,
        year_start as period_start,
        month_start as last_month,
        count_to_date as incident_count,
        paired_to_date as current_count,
        base_to_date as base_count,
        fewest_paired = most_reporting and month_count = month(month_start) as is_whole
    from to_date
),

final as (
    select
        incident_class,
        area_level,
        area_code,
        period_kind,
        period_start,
        last_month,
        cast(incident_count as bigint) as incident_count,
        cast(current_count as bigint) as current_count,
        cast(base_count as bigint) as base_count,
        is_whole,
        -- One murder fewer is not -50 %: below 30 the counts stand alone.
        if(base_count >= 30, {{ safe_ratio('current_count - base_count', 'base_count') }}, null) as change,
        case when base_count = 0 then 'no_base' when base_count < 30 then 'small_base' else 'ok' end as status
    from period
)

select * from final
