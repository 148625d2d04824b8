-- One row per street and month of the season: cold and silent, cold and complaining, or warm. An experimental index.
-- What a street should have complained is its share of the city's heating complaints: by its points and by its cold.

with street_day as (
    select
        day.measured_date,
        day.street_code,
        day.district_code,
        day.region_code,
        sum(day.expected_hour_count) // 24 as point_count,
        sum(day.valid_hour_count) as valid_hour_count,
        sum(day.expected_hour_count) as expected_hour_count,
        sum(day.counted_hour_count) as counted_hour_count,
        sum(day.compliant_hour_count) as compliant_hour_count,
        sum(day.shortfall_degree_hours) as shortfall_degree_hours
    from {{ ref('fct_heating_day') }} as day
    inner join {{ ref('int_heating_day') }} as calendar on day.measured_date = calendar.date_day
    -- A day that is not over has hours that nobody could have sent.
    inner join {{ ref('dim_feed') }} as feed
        on feed.feed = 'heating_room_temperature' and day.measured_date < cast(feed.as_of as date)
    where day.street_code is not null and calendar.heating_season is not null
    group by day.measured_date, day.street_code, day.district_code, day.region_code
),

cell as (
    select
        cast(date_trunc('month', measured_date) as date) as month_start,
        street_code,
        district_code,
        region_code,
        cast(max(point_count) as bigint) as point_count,
        cast(sum(counted_hour_count) as bigint) as counted_hour_count,
        cast(sum(compliant_hour_count) as bigint) as compliant_hour_count,
        cast(sum(shortfall_degree_hours) as decimal(18, 4)) as shortfall_degree_hours,
        {{ safe_ratio('sum(compliant_hour_count)', 'sum(counted_hour_count)') }} as compliance_rate,
        {{ safe_ratio('sum(valid_hour_count)', 'sum(expected_hour_count)') }} as validity
    from street_day
    group by date_trunc('month', measured_date), street_code, district_code, region_code
),

complaint as (
    select
        cast(date_trunc('month', received_date) as date) as month_start,
        street_code,
        cast(sum(case_count) as bigint) as complaint_count
    from {{ ref('int_hotline_series_day') }}
    where series = 'union_heating' and street_code is not null
    group by date_trunc('month', received_date), street_code
),

policy_of as (
    select
        month.month_start,
        max(policy.value) filter (where policy.policy = 'silent_cold_min_points') as min_points,
        max(policy.value) filter (where policy.policy = 'silent_cold_quantile') as cold_quantile,
        max(policy.value) filter (where policy.policy = 'silent_cold_shortfall_weight') as cold_weight
    from (select distinct cell.month_start from cell) as month
    inner join {{ ref('heating_policy') }} as policy
        on month.month_start >= policy.valid_from and month.month_start <= coalesce(policy.valid_to, date '9999-12-31')
    group by month.month_start
),

judged as (
    select
        cell.*,
        policy_of.cold_quantile,
        policy_of.cold_weight,
        coalesce(complaint.complaint_count, 0) as complaint_count,
        cell.point_count >= policy_of.min_points and coalesce(cell.validity, 0) >= 0.70 as is_sound
    from cell
    inner join policy_of on cell.month_start = policy_of.month_start
    left join complaint on cell.month_start = complaint.month_start and cell.street_code = complaint.street_code
),

-- Only sound cells make the yardstick: the quarter line, and what is shared out. The line is the rate of the cell that
-- stands at the quantile's place, from below.
ranked as (
    select
        *,
        row_number() over (partition by month_start order by compliance_rate) as place_no,
        ceil(count(*) over (partition by month_start) * cold_quantile) as line_no
    from judged
    where is_sound
),

sound as (
    select
        *,
        max(compliance_rate) filter (where place_no = line_no) over (partition by month_start) as quarter_line
    from ranked
),

month_total as (
    select
        month_start,
        any_value(quarter_line) as quarter_line,
        sum(complaint_count) as complaint_count,
        sum(point_count) as point_count,
        sum(shortfall_degree_hours) as shortfall_degree_hours
    from sound
    group by month_start
),

expected as (
    select
        judged.*,
        total.quarter_line,
        if(
            judged.is_sound,
            cast(
                total.complaint_count * if(
                    total.shortfall_degree_hours > 0,
                    (1 - judged.cold_weight) * judged.point_count / total.point_count
                    + judged.cold_weight * judged.shortfall_degree_hours / total.shortfall_degree_hours,
                    judged.point_count / total.point_count
                ) as decimal(18, 4)
            ),
            null
        ) as expected_complaint_count
    from judged
    left join month_total as total on judged.month_start = total.month_start
),

placed as (
    select
        *,
        compliance_rate < quarter_line as is_cold,
        complaint_count < expected_complaint_count as is_silent
    from expected
),

final as (
    select
        'heating.silent_cold_index' as kpi_code,
        month_start,
        street_code,
        district_code,
        region_code,
        point_count,
        compliant_hour_count,
        counted_hour_count,
        compliance_rate,
        quarter_line,
        shortfall_degree_hours,
        complaint_count,
        expected_complaint_count,
        case
            when not is_sound then 'insufficient'
            when is_cold and is_silent then 'cold_silent'
            when is_cold then 'cold_complaining'
            when is_silent then 'warm_silent'
            else 'warm_complaining'
        end as status,
        if(
            status = 'cold_silent',
            cast((expected_complaint_count - complaint_count) / sqrt(expected_complaint_count) as decimal(9, 4)),
            null
        ) as value, -- noqa: RF04
        if(
            status = 'cold_silent',
            row_number() over (
                partition by month_start, status
                order by
                    (expected_complaint_count - complaint_count) / sqrt(expected_complaint_count) desc, street_code
            ),
            null
        ) as rank_no
    from placed
)

select * from final
