-- One row per supervision action: by when it had to be done, and whether it was. The room it concerns is not told.
-- An on-site check is due on the day of its alert; an alert from the cut-off hour on has until the next day's hour.

with due as (
    select
        action.*,
        cast(action.triggered_at as date) as triggered_date,
        case
            when action.mechanism <> 'onsite' then action.due_at
            when hour(action.triggered_at) >= day.check_cut_off_hour
                then
                    date_trunc('day', action.triggered_at) + interval 1 day
                    + to_hours(cast(day.check_next_day_hour as int))
            -- The last moment of the day.
            else date_trunc('day', action.triggered_at) + interval 1 day - interval 1 microsecond
        end as ruled_due_at
    from {{ ref('stg_heating_action') }} as action
    inner join {{ ref('int_heating_day') }} as day on cast(action.triggered_at as date) = day.date_day
),

final as (
    select
        due.action_no,
        due.alert_no,
        due.mechanism,
        due.enterprise_name,
        due.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        due.triggered_at,
        due.triggered_date,
        due.due_at as stated_due_at,
        due.ruled_due_at as due_at,
        due.done_at,
        due.done_at is not null and due.done_at < due.triggered_at as has_time_flaw,
        coalesce(due.done_at <= due.ruled_due_at, false) as is_in_time,
        coalesce(due.result = 'waived', false) as is_waived,
        cast(due.measured_c as decimal(6, 2)) as measured_c,
        due.result,
        due.cause_party,
        due.updated_at
    from due
    left join {{ ref('dim_area') }} as area on due.area_code = area.area_code
)

select * from final
