-- One row per heating company and season: what the exit mechanism asks for, each with its base, and the lines crossed.
{%- set rates = {
    'room_compliance_rate': ['compliant_hour_count', 'counted_hour_count'],
    'full_day_compliance_rate': ['compliant_day_count', 'whole_day_count'],
    'valid_reading_rate': ['valid_hour_count', 'expected_hour_count'],
    'same_day_check_rate': ['same_day_check_count', 'due_check_count'],
    'analysis_in_time_rate': ['analysis_in_time_count', 'due_analysis_count'],
    'penalty_in_time_rate': ['penalty_in_time_count', 'due_penalty_count'],
    'satisfaction_rate': ['satisfaction_sum', 'graded_count'],
    'operation_accident_rate': ['stopped_area_hours', 'heard_area_hours'],
} %}
{%- set counts = [
    'counted_hour_count', 'compliant_hour_count', 'whole_day_count', 'compliant_day_count',
    'expected_hour_count', 'valid_hour_count', 'refund_household_day_count', 'stop_count',
    'low_return_hour_count', 'station_count', 'connected_station_count', 'due_check_count',
    'same_day_check_count', 'due_analysis_count', 'analysis_in_time_count', 'due_penalty_count',
    'penalty_in_time_count', 'routine_count', 'penalty_count', 'complaint_count', 'graded_count'
] %}
{%- set amounts = [
    'shortfall_degree_hours', 'refund_fee_days', 'stopped_area_hours', 'heard_area_hours', 'satisfaction_sum'
] %}

with season as (
    select
        date_day,
        heating_season
    from {{ ref('int_heating_day') }}
    where heating_season is not null
),

as_of as (
    select max(as_of) as last_at
    from {{ ref('dim_feed') }}
    where feed = 'heating_action'
),

station as (
    select
        season.heating_season,
        day.enterprise_name,
        sum(day.stopped_hour_count * day.heated_area_m2) as stopped_area_hours,
        sum(day.heard_hour_count * day.heated_area_m2) as heard_area_hours,
        sum(day.stop_count) as stop_count,
        sum(day.low_return_hour_count) as low_return_hour_count,
        count(distinct day.station_id) as station_count,
        count(distinct day.station_id) filter (where day.heard_hour_count > 0) as connected_station_count
    from {{ ref('fct_heating_station_day') }} as day
    inner join season on day.measured_date = season.date_day
    group by season.heating_season, day.enterprise_name
),

served as (
    select
        station.heating_season,
        station.enterprise_name,
        sum(register.heated_households) as heated_households
    from station
    inner join {{ ref('season_calendar') }} as calendar on station.heating_season = calendar.season
    inner join {{ ref('dim_heating_station') }} as register
        on
            station.enterprise_name = register.enterprise_name
            and register.is_in_use
            and calendar.season_end >= register.valid_from
            and calendar.season_end <= coalesce(register.valid_to, date '9999-12-31')
    group by station.heating_season, station.enterprise_name
),

part as (
    select
        season.heating_season,
        day.enterprise_name,
        day.counted_hour_count,
        day.compliant_hour_count,
        day.whole_day_count,
        day.compliant_day_count,
        day.expected_hour_count,
        day.valid_hour_count,
        day.shortfall_degree_hours
    from {{ ref('fct_heating_day') }} as day
    inner join season on day.measured_date = season.date_day
    union all by name
    select
        season.heating_season,
        refund.enterprise_name,
        refund.household_day_count as refund_household_day_count,
        refund.fee_days as refund_fee_days
    from {{ ref('fct_heating_refund_exposure') }} as refund
    inner join season on refund.measured_date = season.date_day
    union all by name
    select
        heating_season,
        enterprise_name,
        stopped_area_hours,
        heard_area_hours,
        stop_count,
        low_return_hour_count,
        station_count,
        connected_station_count
    from station
    union all by name
    -- An obligation counts when it is done or its time is over.
    select
        season.heating_season,
        action.enterprise_name,
        cast(action.mechanism = 'onsite' as int) as due_check_count,
        cast(action.mechanism = 'onsite' and action.is_in_time as int) as same_day_check_count,
        cast(action.mechanism = 'analysis' and action.due_at is not null as int) as due_analysis_count,
        cast(action.mechanism = 'analysis' and action.is_in_time as int) as analysis_in_time_count,
        cast(action.mechanism = 'penalty' and action.due_at is not null as int) as due_penalty_count,
        cast(action.mechanism = 'penalty' and action.is_in_time as int) as penalty_in_time_count,
        cast(action.mechanism = 'routine' and action.done_at is not null as int) as routine_count
    from {{ ref('fct_heating_action') }} as action
    inner join season on action.triggered_date = season.date_day
    cross join as_of
    where
        not action.is_waived and not action.has_time_flaw
        and (action.done_at is not null or coalesce(action.due_at <= as_of.last_at, true))
    union all by name
    select
        season.heating_season,
        action.enterprise_name,
        1 as penalty_count
    from {{ ref('fct_heating_action') }} as action
    inner join season on action.triggered_date = season.date_day
    where action.mechanism = 'penalty' and action.result = 'penalised'
    union all by name
    select
        season.heating_season,
        complaint.unit_name as enterprise_name,
        1 as complaint_count
    from {{ ref('int_heating_complaint') }} as complaint
    inner join season on cast(complaint.received_at as date) = season.date_day
    where complaint.unit_name is not null
    union all by name
    select
        season.heating_season,
        fct_case.unit_name as enterprise_name,
        fct_case.satisfaction_weight as satisfaction_sum,
        1 as graded_count
    from {{ ref('fct_case') }} as fct_case
    inner join season on cast(fct_case.received_at as date) = season.date_day
    where fct_case.satisfaction_weight is not null and fct_case.unit_name is not null
),

-- A company is one whose heat is measured or whose stations are known; other units of complaints are none.
company as (
    select
        heating_season,
        enterprise_name
    from part
    where counted_hour_count is not null or station_count is not null
    group by heating_season, enterprise_name
),

summed as (
    select
        {%- for count in counts %}
        cast(coalesce(sum(part.{{ count }}), 0) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        cast(coalesce(sum(part.{{ amount }}), 0) as decimal(18, 4)) as {{ amount }},
        {%- endfor %}
        part.heating_season,
        part.enterprise_name
    from part
    inner join company
        on part.heating_season = company.heating_season and part.enterprise_name = company.enterprise_name
    group by part.heating_season, part.enterprise_name
),

-- By month of what has passed of the season, as the rule that it is held against counts.
rated as (
    select
        summed.*,
        cast(served.heated_households as bigint) as heated_households,
        {%- for rate, parts in rates.items() %}
        {{ safe_ratio('summed.' ~ parts[0], 'summed.' ~ parts[1]) }} as {{ rate }},
        {%- endfor %}
        {{ safe_ratio('summed.complaint_count * 1000', 'served.heated_households * passed.month_count') }}
            as complaints_per_thousand
    from summed
    left join served
        on summed.heating_season = served.heating_season and summed.enterprise_name = served.enterprise_name
    left join (
        select
            season.heating_season,
            count(distinct date_trunc('month', season.date_day)) as month_count
        from season
        inner join {{ ref('dim_feed') }} as dim_feed
            on dim_feed.feed = 'hotline_city' and season.date_day between dim_feed.first_date and dim_feed.as_of
        group by season.heating_season
    ) as passed on summed.heating_season = passed.heating_season
),

held as (
    select
        rated.heating_season,
        rated.enterprise_name,
        line.criterion,
        line.rate
    from rated
    cross join (
        values
        ('room_compliance_rate', rated.room_compliance_rate),
        ('satisfaction_rate', rated.satisfaction_rate),
        ('same_day_check_rate', rated.same_day_check_rate),
        ('complaints_per_thousand', rated.complaints_per_thousand),
        ('operation_accident_rate', rated.operation_accident_rate)
    ) as line (criterion, rate)
),

crossed as (
    select
        held.heating_season,
        held.enterprise_name,
        string_agg(held.criterion, ',' order by held.criterion) as crossed_lines
    from held
    inner join {{ ref('season_calendar') }} as calendar on held.heating_season = calendar.season
    inner join {{ ref('heating_exit_rule') }} as rule
        on
            held.criterion = rule.criterion
            and calendar.season_start >= rule.valid_from
            and calendar.season_start <= coalesce(rule.valid_to, date '9999-12-31')
    where if(rule.is_upper_limit, held.rate > rule.limit_value, held.rate < rule.limit_value)
    group by held.heating_season, held.enterprise_name
),

final as (
    select
        rated.* rename (heating_season as season),
        crossed.crossed_lines,
        crossed.crossed_lines is not null as is_watched
    from rated
    left join crossed
        on rated.heating_season = crossed.heating_season and rated.enterprise_name = crossed.enterprise_name
)

select * from final
