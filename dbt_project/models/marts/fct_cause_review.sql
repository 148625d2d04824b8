-- One row per street and quarter for the quarterly review (季梳理): cold and complaining, cold and silent, what rose with
-- what, disputes after complaints. Coincidences to be looked into: counts and shares, no causes.

with week as (
    select
        *,
        -- Property complaints of the four weeks before this one, over the weeks themselves, not over rows.
        coalesce(sum(property_case_count) over (
            partition by street_code order by week_start
            range between interval 28 day preceding and interval 7 day preceding
        ), 0) as property_case_before_count
    from {{ ref('fct_place_week') }}
    where street_code is not null
),

place as (
    select
        quarter_start,
        street_code,
        arg_max(district_code, week_start) as district_code,
        arg_max(region_code, week_start) as region_code,
        arg_max(household_count, week_start) as household_count,
        arg_max(compound_count, week_start) as compound_count,
        arg_max(uncovered_compound_count, week_start) as uncovered_compound_count,
        cast(sum(case_count) as bigint) as case_count,
        cast(sum(heating_matter_count) as bigint) as heating_matter_count,
        cast(sum(property_case_count) as bigint) as property_case_count,
        cast(sum(dispute_count) as bigint) as dispute_count,
        cast(sum(property_dispute_count) as bigint) as property_dispute_count,
        cast(coalesce(sum(property_dispute_count) filter (where property_case_before_count > 0), 0) as bigint)
            as dispute_after_complaint_count,
        cast(sum(hazard_count) as bigint) as hazard_count,
        cast(sum(grid_event_count) as bigint) as grid_event_count,
        count(*) as week_count,
        -- How often there is a complaint in the four weeks before any week: what chance alone would give.
        count(*) filter (where property_case_before_count > 0) as week_after_complaint_count,
        cast(sum(shortfall_degree_hours) as decimal(18, 4)) as shortfall_degree_hours,
        {{ safe_ratio('sum(compliant_hour_count)', 'sum(counted_hour_count)') }} as room_compliance_rate,
        {{ safe_ratio('sum(valid_hour_count)', 'sum(expected_hour_count)') }} as valid_reading_rate
    from week
    group by quarter_start, street_code
),

rated as (
    select
        place.*,
        {{ safe_ratio('place.heating_matter_count * 1000', 'place.household_count') }} as heating_per_thousand,
        {{ safe_ratio('place.property_case_count * 1000', 'place.household_count') }} as property_per_thousand,
        -- Below 70 % of valid readings nothing is said of a street's warmth, as in the KPI.
        if(place.valid_reading_rate >= 0.7, place.room_compliance_rate, null) as warmth
    from place
),

-- The cold quarter of the streets: up to the one that stands at its place, counted from the coldest.
ranked as (
    select
        rated.quarter_start,
        rated.warmth,
        row_number() over (partition by rated.quarter_start order by rated.warmth, rated.street_code) as place_no,
        ceil(count(*) over (partition by rated.quarter_start) * policy.value) as line_no
    from rated
    inner join {{ ref('heating_policy') }} as policy
        on
            policy.policy = 'silent_cold_quantile'
            and rated.quarter_start >= policy.valid_from
            and rated.quarter_start <= coalesce(policy.valid_to, date '9999-12-31')
    where rated.warmth is not null
),

city as (
    select
        rated.quarter_start,
        any_value(ranked.warmth) as cold_line,
        {{ safe_ratio(
            'sum(rated.heating_matter_count) filter (where rated.household_count > 0) * 1000',
            'sum(rated.household_count)'
        ) }} as heating_per_thousand
    from rated
    left join ranked on rated.quarter_start = ranked.quarter_start and ranked.place_no = ranked.line_no
    group by rated.quarter_start
),

rising as (
    select
        quarter_start,
        street_code,
        count(*) filter (where is_rising) as rising_count,
        string_agg(signal, ',' order by signal) filter (where is_rising) as rising_signals
    from {{ ref('int_place_signal_quarter') }}
    group by quarter_start, street_code
),

final as (
    select
        rated.* exclude (warmth),
        case
            when rated.warmth is null or rated.heating_per_thousand is null then null
            when rated.warmth <= city.cold_line
                then if(rated.heating_per_thousand > city.heating_per_thousand, 'cold_complaining', 'cold_silent')
            else if(rated.heating_per_thousand > city.heating_per_thousand, 'warm_complaining', 'warm_quiet')
        end as warmth_pattern,
        if(
            rated.warmth is null, null, rank() over (partition by rated.quarter_start order by rated.warmth nulls last)
        ) as cold_rank,
        if(rated.heating_per_thousand is null, null, rank() over (
            partition by rated.quarter_start order by rated.heating_per_thousand desc nulls last
        )) as heating_rank,
        if(rated.property_per_thousand is null, null, rank() over (
            partition by rated.quarter_start order by rated.property_per_thousand desc nulls last
        )) as property_rank,
        {{ safe_ratio('rated.dispute_after_complaint_count', 'rated.property_dispute_count') }}
            as dispute_after_complaint_rate,
        {{ safe_ratio('rated.week_after_complaint_count', 'rated.week_count') }} as week_after_complaint_rate,
        coalesce(rising.rising_count, 0) as rising_count,
        rising.rising_signals
    from rated
    left join city on rated.quarter_start = city.quarter_start
    left join rising on rated.quarter_start = rising.quarter_start and rated.street_code = rising.street_code
)

select * from final
