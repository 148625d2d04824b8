-- One row per month, area and audience: sessions, 人次 and persons, each counted for itself and never divided.
-- A session or person known in two areas counts in each: areas do not add up to the city, nor months to the year.

with attendance as (
    select
        training.session_no,
        training.worker_token,
        training.trained_on,
        training.audience,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from {{ ref('stg_capacity_training') }} as training
    left join {{ ref('int_community_place') }} as place on training.community_code = place.community_code
    left join {{ ref('dim_area') }} as area on coalesce(place.street_code, training.area_code) = area.area_code
),

-- What the year has brought up to the reading day of each month.
year_to_month as (
    select
        month_end.month_start,
        attendance.*,
        attendance.trained_on >= month_end.month_start as is_of_month
    from {{ ref('int_month_end') }} as month_end
    inner join attendance
        on
            date_trunc('year', month_end.month_start) <= attendance.trained_on
            and month_end.day_date >= attendance.trained_on
),

final as (
    {{ area_sums('year_to_month', ['month_start', 'audience'], {
        'session_count': 'count(distinct session_no) filter (where is_of_month)',
        'attendance_count': 'count(*) filter (where is_of_month)',
        'person_count': 'count(distinct worker_token) filter (where is_of_month)',
        'year_session_count': 'count(distinct session_no)',
        'year_attendance_count': 'count(*)',
        'year_person_count': 'count(distinct worker_token)',
    }) }}
)

select * from final
