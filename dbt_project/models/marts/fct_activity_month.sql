-- One row per month, area and kind of activity: sessions, 人次 and households, three units that are never divided.

with activity as (
    select
        cast(date_trunc('month', activity.held_on) as date) as month_start,
        activity.activity_type,
        activity.session_count as sessions,
        activity.attendance_count as attendances,
        activity.household_count as households,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_capacity_activity') }} as activity
    left join {{ ref('dim_area') }} as area on activity.area_code = area.area_code
),

final as (
    {{ area_sums('activity', ['month_start', 'activity_type'], {
        'activity_count': 'count(*)',
        'session_count': 'cast(sum(sessions) as bigint)',
        'attendance_count': 'cast(coalesce(sum(attendances), 0) as bigint)',
        'attendance_known_count': 'count(attendances)',
        'household_count': 'cast(coalesce(sum(households), 0) as bigint)',
        'household_known_count': 'count(households)',
    }) }}
)

select * from final
