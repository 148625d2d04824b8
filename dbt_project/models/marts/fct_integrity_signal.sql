-- One row per signal, month and city, region or unit: how far a figure looks made, not earned, and whether to ask.
-- A signal is a question, no verdict; what is late or missing never raises it (docs/hotline-method.md, 10).

with worked as (
    select
        fct_case.case_id,
        fct_case.region_code,
        fct_case.dispatched_at,
        fct_case.finished_at,
        to_minutes(cast(instant.value as bigint)) as instant_wait
    from {{ ref('fct_case') }} as fct_case
    inner join {{ ref('hotline_policy') }} as instant
        on
            instant.policy = 'instant_close_minutes'
            and cast(fct_case.finished_at as date) >= instant.valid_from
            and cast(fct_case.finished_at as date) <= coalesce(instant.valid_to, date '9999-12-31')
    where
        fct_case.platform = 'city' and fct_case.dispatched_at is not null
        and not (
            fct_case.is_void or fct_case.is_not_ours or fct_case.is_legal_channel or fct_case.is_merged
            or fct_case.has_time_flaw
        )
),

-- A unit's minutes run from its own dispatch to its own finish; what it gave back was another's work.
unit_work as (
    select
        case_id,
        unit_code,
        min(started_at) as dispatched_at,
        min(ended_at) as finished_at
    from {{ ref('fct_sla_clock') }}
    where platform = 'city' and scope = 'unit' and cycle_no = 1 and ended_by = 'finished'
    group by case_id, unit_code
),

closed as (
    select
        region_code,
        cast(null as varchar) as unit_code,
        'area' as scope,
        dispatched_at,
        finished_at,
        instant_wait
    from worked
    union all by name
    select
        unit_work.unit_code,
        'unit' as scope,
        unit_work.dispatched_at,
        unit_work.finished_at,
        worked.instant_wait
    from unit_work
    inner join worked on unit_work.case_id = worked.case_id
),

instant_close as (
    select
        'instant_close' as signal,
        scope,
        region_code,
        unit_code,
        cast(finished_at as date) as date_day,
        count(*) filter (where finished_at <= dispatched_at + instant_wait) as numerator,
        count(*) as denominator
    from closed
    -- A source that writes days without hours says nothing of minutes.
    where
        finished_at >= dispatched_at
        and not (dispatched_at = date_trunc('day', dispatched_at) and finished_at = date_trunc('day', finished_at))
    group by all
),

answered as (
    select
        cast(callback.callback_at as date) as date_day,
        fct_case.region_code,
        lead_unit.unit_code,
        callback.grade = 'defaulted' as is_defaulted,
        callback.grade = 'defaulted' or callback.weight is not null as is_graded,
        coalesce(not callback.is_solved, false)
        or coalesce(callback.grade in ('dissatisfied', 'very_dissatisfied'), false) as is_unhappy
    from {{ ref('fct_callback') }} as callback
    inner join {{ ref('fct_case') }} as fct_case on callback.case_id = fct_case.case_id
    left join {{ ref('fct_case_unit') }} as lead_unit
        on callback.case_id = lead_unit.case_id and lead_unit.role = 'lead'
    where callback.platform = 'city'
),

default_satisfaction as (
    select
        'default_satisfaction' as signal,
        scope.scope,
        if(scope.scope = 'area', answered.region_code, null) as region_code,
        if(scope.scope = 'unit', answered.unit_code, null) as unit_code,
        answered.date_day,
        count(*) filter (where answered.is_defaulted) as numerator,
        count(*) as denominator
    from answered
    cross join (values ('area'), ('unit')) as scope (scope)
    where answered.is_graded
    group by all
),

reopen_disabled as (
    select
        'reopen_disabled' as signal,
        'area' as scope,
        region_code,
        date_day,
        0 as numerator,
        count(*) as denominator
    from answered
    where is_unhappy
    group by all
    union all by name
    select
        'reopen_disabled' as signal,
        'area' as scope,
        fct_case.region_code,
        cast(cycle.opened_at as date) as date_day,
        count(*) as numerator,
        0 as denominator
    from {{ ref('int_hotline_cycle') }} as cycle
    inner join {{ ref('fct_case') }} as fct_case on cycle.case_id = fct_case.case_id
    where cycle.platform = 'city' and cycle.cycle_no > 1
    group by all
),

workday as (
    select
        date_day,
        month_start,
        row_number() over (partition by month_start order by date_day desc) <= 2 as is_last_two,
        count(*) over (partition by month_start) as workday_count,
        calendar_status = 'published' as is_official
    from {{ ref('dim_date') }}
    where is_workday
),

month_end_bunching as (
    select
        'month_end_bunching' as signal,
        'area' as scope,
        worked.region_code,
        workday.date_day,
        count(*) filter (where workday.is_last_two) as numerator,
        count(*) as denominator
    from worked
    inner join workday on cast(worked.finished_at as date) = workday.date_day
    group by all
),

counted as (
    select * from instant_close
    union all by name
    select * from default_satisfaction
    union all by name
    select * from reopen_disabled
    union all by name
    select * from month_end_bunching
),

-- Areas and units are counted apart: a unit's rows are no part of a region's.
level as (
    select
        scope.scope,
        scope.area_level,
        city.area_code as city_code
    from (values ('area', 'city'), ('area', 'region'), ('unit', null)) as scope (scope, area_level)
    cross join {{ ref('dim_area') }} as city
    where city.level = 'city'
),

rolled as (
    select
        counted.signal,
        cast(date_trunc('month', counted.date_day) as date) as period_start,
        level.area_level,
        case level.area_level when 'city' then level.city_code when 'region' then counted.region_code end as area_code,
        counted.unit_code,
        cast(sum(counted.numerator) as bigint) as numerator,
        cast(sum(counted.denominator) as bigint) as denominator
    from counted
    inner join level on counted.scope = level.scope
    where
        level.area_level = 'city'
        or (level.area_level = 'region' and counted.region_code is not null)
        or (level.scope = 'unit' and counted.unit_code is not null)
    group by all
),

month as (
    select
        workday.month_start,
        any_value(workday.workday_count) as workday_count,
        bool_and(workday.is_official) as is_official,
        bool_or(day.is_outage) as has_outage
    from workday
    left join {{ ref('int_hotline_platform_day') }} as day
        on day.platform = 'city' and workday.month_start = date_trunc('month', day.date_day)
    group by workday.month_start
),

measured as (
    select
        rolled.*,
        as_of.as_of,
        rule.threshold,
        rule.min_base,
        {{ safe_ratio('rolled.numerator', 'rolled.denominator') }} as value, -- noqa: RF04
        if(rolled.signal = 'month_end_bunching', {{ safe_ratio('2', 'month.workday_count') }}, null) as expected,
        -- Last days and reopenings are known of a month that is over, has an official calendar, and of which the
        -- platform spoke every day and the month before.
        rolled.period_start > as_of.first_date
        and last_day(rolled.period_start) <= cast(as_of.as_of as date)
        and coalesce(month.is_official, false) and not coalesce(month.has_outage, false) as is_whole
    from rolled
    inner join {{ ref('integrity_rule') }} as rule
        on
            rolled.signal = rule.signal
            and rolled.period_start >= rule.valid_from
            and rolled.period_start <= coalesce(rule.valid_to, date '9999-12-31')
    inner join {{ ref('dim_feed') }} as as_of on as_of.feed = 'hotline_city'
    left join month on rolled.period_start = month.month_start
),

final as (
    select
        measured.signal,
        measured.area_level,
        measured.area_code,
        measured.unit_code,
        unit.unit_name,
        measured.period_start,
        measured.as_of,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.expected,
        measured.threshold,
        case
            when measured.denominator = 0 then 'no_base'
            when measured.denominator < measured.min_base then 'small_cell'
            else 'ok'
        end as status,
        status = 'ok' and case measured.signal
            when 'reopen_disabled' then measured.is_whole and measured.value <= measured.threshold
            when 'month_end_bunching' then measured.is_whole and measured.value > measured.expected * measured.threshold
            else measured.value > measured.threshold
        end as is_flagged
    from measured
    left join {{ ref('dim_unit') }} as unit on measured.unit_code = unit.unit_code
)

select * from final
