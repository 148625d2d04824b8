"""Errors that someone could make in the SQL of mediation and safety KPIs, each with the unit test that notices."""

from __future__ import annotations

from tests.slow.mutations import VALUE, Mutation

KPI = "models/kpi/kpi_mediation.sql"
SAFETY = "models/kpi/kpi_safety.sql"
INCIDENT = "models/kpi/kpi_safety_incident.sql"
PEACE = "models/kpi/fct_kpi_peace_index.sql"
PART = "models/marts/fct_peace_index_part.sql"
DISPUTE = "models/marts/fct_dispute.sql"
DISPUTE_MONTH = "models/marts/fct_dispute_month.sql"
HAZARD = "models/marts/fct_hazard.sql"
COMPARISON = "models/marts/fct_safety_comparison.sql"
STREET_MONTH = "models/intermediate/int_safety_street_month.sql"
STAGED = "models/staging/stg_safety_public_security_month.sql"

THREE = "kpi_mediation__closed_agreed_and_lasting_are_three_questions"
RULED = "kpi_mediation__a_rule_holds_from_its_day"
LISTED = "fct_dispute__two_feeds_become_one_list_and_flaws_are_seen"
READINGS = "fct_dispute_month__both_readings_of_found_and_resolved"
OVERDUE = "kpi_safety__rectified_is_not_verified_and_overdue_is_not_open"
REMEDIED = "fct_hazard__what_is_verified_was_rectified"
LIKE = "kpi_safety_incident__like_is_compared_with_like"
MURDER = "fct_kpi_value__one_murder_fewer_is_not_minus_half"
YEARS = "fct_safety_comparison__months_add_to_the_year_and_small_bases_have_no_percentage"
STREETS = "int_safety_street_month__the_same_street_a_year_before"
REVISED = "stg_safety_public_security_month__a_revision_replaces"
WHOLE = "fct_kpi_peace_index__all_parts_or_none"
FIFTY = "fct_peace_index_part__fifty_is_as_the_city_was"

RESOLUTION, CLOSURE = "mediation.dispute_resolution_rate", "mediation.closure_rate"
SUCCESS, RELAPSE = "mediation.success_rate", "mediation.relapse_rate"
RECTIFIED, MAJOR = "safety.hazard_rectification_rate", "safety.major_hazard_rectification_rate"
OPEN = "safety.overdue_hazard_count"
CRIME, HOMICIDE, ORDER = "safety.crime_yoy", "safety.homicide_yoy", "safety.order_yoy"
ACCIDENT, FIRE, INDEX = "safety.accident_yoy", "safety.fire_yoy", "safety.peace_index"

MEDIATION = [
    Mutation(
        RESOLUTION,
        KPI,
        "where feed = 'mediation_dispute'",
        "where feed = 'mediation_dispute' and outcome <> 'open'",
        "leaves out what nobody has settled",
        THREE,
    ),
    Mutation(
        RESOLUTION,
        DISPUTE,
        "placed.outcome in ('success_written', 'success_oral')",
        "placed.outcome in ('success_written', 'success_oral', 'failed')",
        "a failed mediation resolves the dispute",
        LISTED,
    ),
    Mutation(
        RESOLUTION,
        DISPUTE_MONTH,
        "{{ safe_ratio('resolved_in_month_count', 'open_at_start_count + found_count') }}",
        "{{ safe_ratio('found_resolved_count', 'open_at_start_count + found_count') }}",
        "mixes the two readings",
        READINGS,
    ),
    Mutation(
        RESOLUTION,
        DISPUTE_MONTH,
        "where area_level <> 'street' or dispute_type = 'all'",
        "",
        "tells kinds of disputes apart by street",
        READINGS,
    ),
    Mutation(
        CLOSURE,
        KPI,
        "hit='cast(closed_at is not null as int)'",
        "hit='cast(is_agreed as int)'",
        "takes closed for agreed",
        THREE,
    ),
    Mutation(
        SUCCESS,
        KPI,
        "when 'transferred' then 'X02' ",
        "",
        "counts a case in court as a failure",
        THREE,
    ),
    Mutation(SUCCESS, KPI, " when 'withdrawn' then 'X27'", "", "counts a withdrawal as a failure", THREE),
    Mutation(
        SUCCESS,
        DISPUTE,
        "or placed.closed_at < placed.resolved_at",
        "",
        "a file closed before the agreement is sound",
        LISTED,
    ),
    Mutation(
        RELAPSE,
        KPI,
        "immature='relapse_until > as_of'",
        "immature='relapse_until > as_of and relapsed_at is null'",
        "young months show relapses only",
        THREE,
    ),
    Mutation(
        RELAPSE,
        KPI,
        "relapsed_at <= relapse_until",
        "relapsed_at < relapse_until",
        "the ninetieth day belongs to the ninety",
        THREE,
    ),
    Mutation(
        RELAPSE,
        KPI,
        "and cast(dispute.resolved_at as date) <= coalesce(policy.valid_to, date '9999-12-31')",
        "",
        "a rule of the past still holds",
        RULED,
    ),
    Mutation(
        RECTIFIED,
        SAFETY,
        "'fact', \"'safety.hazard_rectification_rate'\", day='found_at', reason='flawed',\n"
        "        hit='cast(verified_at is not null as int)'",
        "'fact', \"'safety.hazard_rectification_rate'\", day='found_at', reason='flawed',\n"
        "        hit='cast(remedied_at is not null as int)'",
        "takes rectified for verified",
        OVERDUE,
    ),
    Mutation(
        RECTIFIED,
        HAZARD,
        "or placed.verified_at < placed.rectified_at",
        "",
        "verified before it was rectified",
        REMEDIED,
    ),
    Mutation(MAJOR, SAFETY, "where level = 'major'", "where true", "counts every hazard as major", OVERDUE),
    Mutation(
        OPEN,
        SAFETY,
        'hit="cast(due_at < end_at and',
        'hit="cast(due_at <= end_at and',
        "a deadline of 24:00 has passed at 24:00",
        OVERDUE,
    ),
    Mutation(
        OPEN,
        SAFETY,
        "coalesce(remedied_at, timestamp '9999-12-31') > end_at",
        "coalesce(verified_at, timestamp '9999-12-31') > end_at",
        "blames the site for the inspector",
        OVERDUE,
    ),
    Mutation(
        OPEN,
        SAFETY,
        "due_at < end_at and coalesce",
        "coalesce",
        "reads dynamic zero as none open",
        OVERDUE,
    ),
    Mutation(
        OPEN,
        SAFETY,
        "where month.month_start <= fact.as_of",
        "",
        "speaks of months that the feed has not reached",
        OVERDUE,
    ),
    Mutation(
        CRIME,
        INCIDENT,
        "if(is_paired, null, 'X28') as excluded_reason",
        "cast(null as varchar) as excluded_reason",
        "hides the streets that did not report last year",
        LIKE,
    ),
    Mutation(
        CRIME,
        INCIDENT,
        "cast(null as varchar) as street_code",
        "any_value(street_code) as street_code",
        "makes a league table of crime by street",
        LIKE,
    ),
    Mutation(
        CRIME,
        STREET_MONTH,
        "and placed.incident_class = earlier.incident_class",
        "",
        "compares one class with another",
        STREETS,
    ),
    Mutation(
        HOMICIDE,
        VALUE,
        "when valued.denominator < valued.min_base then 'small_base'",
        "when valued.denominator <= valued.min_base then 'small_base'",
        "thirty is enough",
        MURDER,
    ),
    Mutation(
        HOMICIDE,
        VALUE,
        "if(status in ('not_comparable', 'small_base'), null, ratio)",
        "if(status = 'not_comparable', null, ratio)",
        "one murder fewer is -50 %",
        MURDER,
    ),
    Mutation(
        HOMICIDE,
        COMPARISON,
        "if(base_count >= 30, {{ safe_ratio('current_count - base_count', 'base_count') }}, null)",
        "{{ safe_ratio('current_count - base_count', 'base_count') }}",
        "a percentage on a base of 27",
        YEARS,
    ),
    Mutation(
        ORDER,
        STREET_MONTH,
        "placed.month - interval 1 year = earlier.month",
        "placed.month - interval 1 month = earlier.month",
        "takes the month before for the year before",
        STREETS,
    ),
    Mutation(
        ORDER,
        INCIDENT,
        "when 'public_order' then 'safety.order_yoy'",
        "when 'traffic_accident' then 'safety.order_yoy'",
        "counts traffic as public order",
        LIKE,
    ),
    Mutation(
        ACCIDENT,
        INCIDENT,
        "sum(incident_count - base_count) filter (where is_paired)",
        "sum(base_count - incident_count) filter (where is_paired)",
        "a fall is a rise",
        LIKE,
    ),
    Mutation(
        ACCIDENT,
        COMPARISON,
        "order by month_start",
        "order by month_start rows between current row and current row",
        "a year to date is its last month",
        YEARS,
    ),
    Mutation(FIRE, STAGED, "version='published_at'", "version='batch_seq'", "an old count delivered late", REVISED),
    Mutation(
        FIRE,
        STAGED,
        "\"date_trunc('month', month)\"",
        "'month'",
        "counts a month written with another day twice",
        REVISED,
    ),
    Mutation(
        INDEX,
        PEACE,
        "count(part_score) = count(*) and sum(weight) = 1",
        "count(part_score) > 0",
        "a missing part is a zero",
        WHOLE,
    ),
    Mutation(
        INDEX,
        PEACE,
        "if(is_whole and incident_count >= 30, score, null)",
        "if(is_whole, score, null)",
        "an index of 29 incidents",
        WHOLE,
    ),
    Mutation(
        INDEX,
        PART,
        "if(yardstick.year_month_count = 12, cast(yardstick.year_count as bigint), null)",
        "cast(yardstick.year_count as bigint)",
        "takes eleven months for a year",
        FIFTY,
    ),
    Mutation(
        INDEX,
        PART,
        "counted.incident_count * 12 as decimal(10, 0)",
        "counted.incident_count as decimal(10, 0)",
        "compares a month with a year",
        FIFTY,
    ),
]
