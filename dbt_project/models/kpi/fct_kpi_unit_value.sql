-- One row per KPI, handling unit, month and way of weighing joint work: what each unit makes of its own share.
-- City figures come from cases, never from the sum of units (docs/hotline-method.md, 6). The last 13 months.

with span as (
    select
        as_of,
        cast(date_trunc('month', as_of) - interval 12 month as date) as first_month
    from {{ ref('dim_feed') }}
    where feed = 'hotline_city'
),

-- What a case is worth is judged once, for the city; only the clock and the weight are the unit's.
judged as (
    select
        row_id as case_id,
        kpi_code,
        cast(date_trunc('month', period_date) as date) as period_start,
        hit,
        base,
        excluded_reason,
        is_immature
    from {{ ref('kpi_hotline_case') }}
    where
        kpi_code in (
            'hotline.on_time_rate', 'hotline.resolution_rate', 'hotline.satisfaction_rate', 'hotline.return_rate'
        )
        and (kpi_code = 'hotline.on_time_rate' or period_date >= (select span.first_month from span))
),

called_back as (
    select
        judged.kpi_code,
        unit.unit_code,
        judged.period_start,
        unit.lead_weight,
        unit.split_weight,
        unit.full_weight,
        judged.hit,
        judged.base,
        0 as returned_count
    from judged
    inner join {{ ref('fct_case_unit') }} as unit on judged.case_id = unit.case_id
    where
        judged.kpi_code in ('hotline.resolution_rate', 'hotline.satisfaction_rate')
        and judged.excluded_reason is null and not judged.is_immature
),

-- A unit answers once for a case, when its last clock falls due; every one of its clocks has to be in time.
unit_clock as (
    select
        case_id,
        unit_code,
        max(due_at) filter (where ended_by is distinct from 'return_approved') as last_due_at,
        bool_and(coalesce(ended_at <= due_at, false)) filter (where ended_by is distinct from 'return_approved')
            as is_on_time,
        max(due_at) filter (where ended_by = 'return_approved') as returned_due_at,
        count(*) filter (where ended_by = 'return_approved') as returned_count
    from {{ ref('fct_sla_clock') }}
    where
        platform = 'city' and scope = 'unit' and due_at is not null
        and case_id in (
            select recent.case_id
            from {{ ref('fct_sla_clock') }} as recent
            where recent.scope = 'unit' and recent.due_at >= (select span.first_month from span)
        )
    group by case_id, unit_code
),

due as (
    select
        judged.kpi_code,
        unit.unit_code,
        cast(date_trunc('month', {{ due_date('coalesce(clock.last_due_at, clock.returned_due_at)') }}) as date)
            as period_start,
        unit.lead_weight,
        unit.split_weight,
        unit.full_weight,
        if(clock.last_due_at <= span.as_of and clock.is_on_time, 1, 0) as hit,
        if(clock.last_due_at <= span.as_of, 1, 0) as base,
        clock.returned_count
    from unit_clock as clock
    cross join span
    inner join {{ ref('fct_case_unit') }} as unit
        on clock.case_id = unit.case_id and clock.unit_code = unit.unit_code
    inner join judged on clock.case_id = judged.case_id
    where
        judged.kpi_code = 'hotline.on_time_rate'
        -- Where the case has no deadline, a unit may still have one of its own.
        and coalesce(judged.excluded_reason, 'X06') = 'X06'
),

handed as (
    select
        case_id,
        unit_code,
        count(*) filter (where event_type in ('dispatched', 'redispatched') and unit_role is distinct from 'co')
            as lead_count,
        count(*) filter (where event_type <> 'return_approved') as given_count,
        count(*) filter (where event_type = 'return_approved') as returned_count
    from {{ ref('fct_case_event') }}
    where
        platform = 'city' and unit_code is not null
        and event_type in ('dispatched', 'redispatched', 'co_assigned', 'return_approved')
        and occurred_at >= (select span.first_month from span)
    group by case_id, unit_code
),

co_unit as (
    select
        case_id,
        count(*) as co_count
    from handed
    where lead_count = 0
    group by case_id
),

-- A return takes the weight of the unit away; here a unit weighs as it did when the case was given to it.
returned as (
    select
        judged.kpi_code,
        handed.unit_code,
        judged.period_start,
        if(handed.lead_count > 0, 1, 0) as lead_weight,
        case
            when co_unit.co_count is null then 1
            else cast(0.5 / if(handed.lead_count > 0, 1, co_unit.co_count) as decimal(9, 4))
        end as split_weight,
        1 as full_weight,
        least(handed.returned_count, if(handed.lead_count > 0, handed.lead_count, handed.given_count)) as hit,
        if(handed.lead_count > 0, handed.lead_count, handed.given_count) as base,
        handed.returned_count
    from handed
    inner join judged on handed.case_id = judged.case_id
    left join co_unit on handed.case_id = co_unit.case_id
    where judged.kpi_code = 'hotline.return_rate' and judged.excluded_reason is null
),

-- First by equal weights, of which there are few; then each way of weighing needs no look at a case.
summed as (
    select
        kpi_code,
        unit_code,
        period_start,
        lead_weight,
        split_weight,
        full_weight,
        count(*) filter (where base > 0) as case_count,
        sum(hit) as hit,
        sum(base) as base,
        sum(returned_count) as returned_count
    from (
        select * from called_back
        union all by name
        select * from due
        union all by name
        select * from returned
    ) as part
    where period_start >= (select span.first_month from span)
    group by all
),

weighed as (
    {%- for weighting in ['lead', 'split', 'full'] %}
    select
        kpi_code,
        unit_code,
        period_start,
        '{{ weighting | upper }}' as weighting,
        cast(coalesce(sum(case_count) filter (where {{ weighting }}_weight > 0), 0) as bigint) as case_count,
        cast(sum(returned_count) as bigint) as returned_count,
        cast(sum(hit * {{ weighting }}_weight) as decimal(18, 4)) as numerator,
        cast(sum(base * {{ weighting }}_weight) as decimal(18, 4)) as denominator
    from summed
    group by kpi_code, unit_code, period_start
    having sum(full_weight * base) > 0 or sum(returned_count) > 0
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        weighed.kpi_code,
        weighed.unit_code,
        unit.unit_name,
        weighed.weighting,
        weighed.period_start,
        span.as_of,
        weighed.case_count,
        weighed.returned_count,
        weighed.numerator,
        weighed.denominator,
        {{ safe_ratio('weighed.numerator', 'weighed.denominator') }} as value, -- noqa: RF04
        {{ wilson_bound('weighed.numerator', 'weighed.denominator', "weighed.weighting = 'LEAD'", '-') }} as ci_low,
        {{ wilson_bound('weighed.numerator', 'weighed.denominator', "weighed.weighting = 'LEAD'", '+') }} as ci_high,
        case
            when weighed.denominator = 0 then 'no_base'
            when weighed.case_count < dim_kpi.min_cell_show then 'small_cell'
            else 'ok'
        end as status,
        -- Sums of FULL exceed the city: shown, never ranked.
        status = 'ok' and weighed.weighting <> 'FULL' and weighed.denominator >= dim_kpi.min_cell_rank as is_rankable,
        dim_kpi.method_version
    from weighed
    cross join span
    inner join {{ ref('dim_kpi') }} as dim_kpi on weighed.kpi_code = dim_kpi.kpi_code
    left join {{ ref('dim_unit') }} as unit on weighed.unit_code = unit.unit_code
)

select * from final
