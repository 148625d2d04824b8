-- One row per street and ISO week: what every source says of the place, side by side, for the quarterly cause review.
-- What has no street keeps a row of its own by district and region. Counts of different things are never added up.
{%- set counts = [
    'case_count', 'property_case_count', 'heating_matter_count', 'grid_event_count', 'hazard_count',
    'major_hazard_count', 'dispute_count', 'property_dispute_count', 'neighbour_dispute_count',
    'contract_dispute_count', 'labour_dispute_count', 'expected_hour_count', 'valid_hour_count', 'counted_hour_count',
    'compliant_hour_count', 'counted_point_day_count'
] %}

with part as (
    -- A confidential case is told of no street.
    select
        date_trunc('week', received_at) as week_start,
        if(is_confidential, null, street_code) as street_code,
        district_code,
        region_code,
        count(*) as case_count,
        count(*) filter (where category_name = '物业') as property_case_count
    from {{ ref('fct_case') }}
    where platform = 'city' and received_at is not null and not is_void
    group by all
    union all by name
    -- Both platforms, each matter once.
    select
        date_trunc('week', received_at) as week_start,
        street_code,
        district_code,
        region_code,
        count(*) as heating_matter_count
    from {{ ref('int_heating_complaint') }}
    group by all
    union all by name
    select
        date_trunc('week', measured_date) as week_start,
        street_code,
        district_code,
        region_code,
        sum(expected_hour_count) as expected_hour_count,
        sum(valid_hour_count) as valid_hour_count,
        sum(counted_hour_count) as counted_hour_count,
        sum(compliant_hour_count) as compliant_hour_count,
        sum(counted_day_count) as counted_point_day_count,
        sum(shortfall_degree_hours) as shortfall_degree_hours
    from {{ ref('fct_heating_day') }}
    group by all
    union all by name
    select
        date_trunc('week', reported_at) as week_start,
        street_code,
        district_code,
        region_code,
        count(*) as grid_event_count
    from {{ ref('fct_grid_event') }}
    group by all
    union all by name
    -- Family disputes and others are in the total alone: of so private a thing nobody makes a table by street.
    select
        date_trunc('week', reported_at) as week_start,
        street_code,
        district_code,
        region_code,
        count(*) as dispute_count,
        count(*) filter (where dispute_type = 'property') as property_dispute_count,
        count(*) filter (where dispute_type = 'neighbour') as neighbour_dispute_count,
        count(*) filter (where dispute_type in ('contract', 'consumer')) as contract_dispute_count,
        count(*) filter (where dispute_type = 'labour') as labour_dispute_count
    from {{ ref('fct_dispute') }}
    group by all
    union all by name
    select
        date_trunc('week', found_at) as week_start,
        street_code,
        district_code,
        region_code,
        count(*) as hazard_count,
        count(*) filter (where level = 'major') as major_hazard_count
    from {{ ref('fct_hazard') }}
    group by all
),

summed as (
    select
        cast(week_start as date) as week_start,
        street_code,
        district_code,
        region_code,
        {%- for count in counts %}
        cast(coalesce(sum({{ count }}), 0) as bigint) as {{ count }},
        {%- endfor %}
        cast(coalesce(sum(shortfall_degree_hours), 0) as decimal(18, 4)) as shortfall_degree_hours
    from part
    where week_start is not null
    group by all
),

-- Households as the register of communities had them on the last day of the week.
household as (
    select
        week.week_start,
        community.street_code,
        sum(community.households) as household_count
    from (select distinct summed.week_start from summed) as week
    inner join {{ ref('dim_community') }} as community
        on
            community.is_in_use
            and community.valid_from <= week.week_start + 6
            and coalesce(community.valid_to, date '9999-12-31') >= week.week_start + 6
    where community.street_code is not null
    group by week.week_start, community.street_code
),

-- Compounds on the register on that day, and those that no mode of management covers.
compound as (
    select
        week.week_start,
        compound.street_code,
        count(*) as compound_count,
        count(*) filter (where not compound.is_covered) as uncovered_compound_count
    from (select distinct summed.week_start from summed) as week
    inner join {{ ref('dim_compound') }} as compound
        on
            compound.is_in_use
            and compound.valid_from <= week.week_start + 6
            and coalesce(compound.valid_to, date '9999-12-31') >= week.week_start + 6
    where compound.street_code is not null
    group by week.week_start, compound.street_code
),

final as (
    select
        summed.*,
        -- The quarter of its Thursday: an ISO week belongs to the year, and the quarter, that holds most of it.
        cast(date_trunc('quarter', summed.week_start + 3) as date) as quarter_start,
        cast(household.household_count as bigint) as household_count,
        compound.compound_count,
        compound.uncovered_compound_count,
        {{ safe_ratio('summed.compliant_hour_count', 'summed.counted_hour_count') }} as room_compliance_rate
    from summed
    left join household
        on summed.week_start = household.week_start and summed.street_code = household.street_code
    left join compound on summed.week_start = compound.week_start and summed.street_code = compound.street_code
)

select * from final
