-- One row per room point and day of the season on which 24 hours were due: a silent point is missing, not absent.
with day_with_data as (
    select distinct measured.measured_date
    from {{ ref('int_heating_point_day_measured') }} as measured
    inner join {{ ref('season_calendar') }} as season
        on measured.measured_date between season.season_start and season.season_end
),

point_of_month as (
    select
        point_id,
        date_trunc('month', measured_date) as month_start,
        arg_max(area_code, measured_date) as area_code,
        arg_max(is_on_last, measured_date) as is_on
    from {{ ref('int_heating_point_day_measured') }}
    group by point_id, date_trunc('month', measured_date)
),

final as (
    select
        point_of_month.point_id,
        day_with_data.measured_date,
        case when measured.point_id is null then point_of_month.area_code else measured.area_code end as area_code
    from point_of_month
    inner join day_with_data on point_of_month.month_start = date_trunc('month', day_with_data.measured_date)
    left join {{ ref('int_heating_point_day_measured') }} as measured
        on point_of_month.point_id = measured.point_id and day_with_data.measured_date = measured.measured_date
    -- On a silent day the customer counts as the month left him: on or suspended.
    where coalesce(measured.is_on, point_of_month.is_on)
)

select * from final
