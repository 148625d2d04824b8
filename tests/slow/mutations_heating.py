"""Errors that someone could make in the SQL of a heating KPI, each with the unit test that must notice it."""

from __future__ import annotations

from tests.slow.mutations import VALUE, Mutation

READING = "macros/heating_reading.sql"
POINT_DAY = "macros/heating_point_day.sql"
STILL = "models/intermediate/int_heating_point_day_still.sql"
EXPECTED = "models/intermediate/int_heating_point_day_expected.sql"
COLD_RUN = "models/intermediate/int_heating_cold_run.sql"
EPISODE = "models/marts/fct_heating_cold_episode.sql"
DAY = "models/marts/fct_heating_day.sql"
ACTION = "models/marts/fct_heating_action.sql"
STATION = "models/marts/fct_heating_station_day.sql"
KPI = "models/kpi/kpi_heating.sql"
SUPERVISION = "models/kpi/kpi_heating_supervision.sql"
COMPLAINT = "models/intermediate/int_heating_complaint.sql"
SEASON = "models/kpi/fct_kpi_season.sql"
SILENT = "models/kpi/fct_kpi_silent_cold.sql"

NOT_18 = "int_heating_point_day_first__1796_is_not_18"
REASONS = "int_heating_reading__says_why_a_reading_may_not_be_used"
MESSAGES = "int_heating_reading__messages_bring_their_own_faults"
STANDS = "int_heating_point_day_still__longer_than_a_day_across_midnights"
GRAINS = "fct_heating_day__shares_differ_by_grain_on_the_same_readings"
HOURS = "kpi_heating__hours_not_passed_are_not_missing"
CHECKS = "kpi_heating_supervision__checks_stations_and_accidents"
NOON = "fct_heating_action__an_alert_after_five_has_until_the_next_noon"
STOPS = "fct_heating_station_day__stopped_lost_and_silent_are_three_things"
SEASONS = "fct_kpi_season__each_platform_raw_per_household_and_per_degree_day"
WORDLESS = "fct_kpi_silent_cold__cold_without_a_word"
ONCE = "int_heating_complaint__each_matter_once_over_both_platforms"

COMPLIANCE, VALIDITY = "heating.room_compliance_rate", "heating.valid_reading_rate"
FULL_DAY, SHORTFALL = "heating.full_day_compliance_rate", "heating.shortfall_degree_hours"
COMPLAINTS, YOY, PROPERTY = "heating.complaints_per_thousand", "heating.season_yoy", "hotline.property_complaint_yoy"
CHECK, ACCIDENT = "heating.same_day_check_rate", "heating.operation_accident_rate"
CONNECTED, SILENT_COLD = "heating.station_connected_rate", "heating.silent_cold_index"

HEATING = [
    Mutation(
        COMPLIANCE,
        POINT_DAY,
        "cast(threshold_c * 100 as bigint) * valid_count - valid_sum as lack_sum",
        "cast(threshold_c * 10 as bigint) * 10 - round(valid_sum / valid_count / 10) * 10 as lack_sum",
        "rounds 17.96 up to 18.0",
        NOT_18,
    ),
    Mutation(
        COMPLIANCE,
        POINT_DAY,
        "where excluded_reason is null and lack_sum <= 0) as compliant_hour_count",
        "where excluded_reason is null and lack_sum < 0) as compliant_hour_count",
        "exactly 18 complies",
        NOT_18,
    ),
    Mutation(
        COMPLIANCE, READING, "when described.customer_status <> 'on' then 'X06'", "", "counts suspended flats", REASONS
    ),
    Mutation(
        COMPLIANCE,
        READING,
        "when day.heating_season is null then 'X15'",
        "when false then 'X15'",
        "counts readings of summer",
        REASONS,
    ),
    Mutation(
        COMPLIANCE,
        READING,
        "coalesce(version.room_type, point.room_type) as room_type",
        "coalesce(point.room_type, version.room_type) as room_type",
        "what the reading says goes before the register",
        REASONS,
    ),
    Mutation(COMPLIANCE, READING, "> day.clock_minutes * 60000", "> 3600000", "trusts a clock that is ahead", MESSAGES),
    Mutation(
        COMPLIANCE,
        READING,
        "and coalesce(room.humidity, room.battery, room.rssi) is not null as is_link_lost",
        "as is_link_lost",
        "takes a lone zero for a lost link",
        MESSAGES,
    ),
    Mutation(
        COMPLIANCE,
        VALUE,
        "coalesce(validity.ratio, 0) < 0.70",
        "validity.ratio < 0.70",
        "trusts a street whose readings nobody counted",
        "fct_kpi_value__a_street_without_cases_never_leads",
    ),
    Mutation(
        COMPLIANCE,
        STILL,
        "chain_length > to_hours",
        "chain_length >= to_hours",
        "24 hours are no more than a day",
        STANDS,
    ),
    Mutation(
        COMPLIANCE,
        STILL,
        "and run.since_at - lag(run.until_at) over point <= interval 24 hour",
        "",
        "follows a run over a silence",
        STANDS,
    ),
    Mutation(
        VALIDITY,
        KPI,
        "expected_hour_count - immature_hour_count as counted_count",
        "expected_hour_count as counted_count",
        "misses readings of hours to come",
        HOURS,
    ),
    Mutation(
        VALIDITY,
        EXPECTED,
        "and coalesce(measured.is_on, due.is_due)",
        "and measured.is_on",
        "lets a silent point vanish",
        "int_heating_point_day_expected__a_silent_point_stays_expected",
    ),
    Mutation(
        VALIDITY,
        "models/intermediate/int_heating_missing_day.sql",
        "gateway.point_count >= day.gateway_min_points",
        "true",
        "a gateway of one point proves nothing",
        "int_heating_missing_day__a_silent_gateway_is_not_many_broken_sensors",
    ),
    Mutation(
        FULL_DAY,
        DAY,
        "point.compliant_reading_count = point.counted_reading_count as is_compliant_day",
        "point.compliant_hour_count = point.counted_hour_count as is_compliant_day",
        "lets the mean of the hour hide a cold reading",
        GRAINS,
    ),
    Mutation(
        FULL_DAY,
        DAY,
        "point.counted_hour_count >= day.full_day_min_hours as is_whole_day",
        "point.counted_hour_count > 0 as is_whole_day",
        "judges a day by a few hours",
        GRAINS,
    ),
    Mutation(
        FULL_DAY,
        DAY,
        "bool_and(is_compliant_day) as is_compliant_day",
        "bool_or(is_compliant_day) as is_compliant_day",
        "a warm living room warms no bedroom",
        GRAINS,
    ),
    Mutation(
        SHORTFALL,
        POINT_DAY,
        "(lack_sum * 200 + valid_count) // (valid_count * 2)",
        "lack_sum * 100",
        "counts a lack once for each reading instead of the hour",
        NOT_18,
    ),
    Mutation(
        SHORTFALL,
        KPI,
        "counted_day_count as denominator",
        "counted_hour_count as denominator",
        "divides by hours instead of days",
        HOURS,
    ),
    Mutation(
        SHORTFALL,
        COLD_RUN,
        "temperature_c < threshold_c as is_cold",
        "temperature_c <= threshold_c as is_cold",
        "18.00 is not cold",
        "int_heating_cold_run__ends_with_warmth_or_silence",
    ),
    Mutation(
        SHORTFALL,
        EPISODE,
        "run.is_first_of_day\n            and lag(run.is_last_of_day) over point\n            and",
        "",
        "takes two runs of different evenings for one",
        "fct_heating_cold_episode__crosses_midnight_and_lasts_two_hours",
    ),
    Mutation(
        COMPLAINTS,
        COMPLAINT,
        "case_id = matter_id and not is_merged",
        "not is_merged",
        "300 cold households are one matter",
        ONCE,
    ),
    Mutation(
        COMPLAINTS,
        COMPLAINT,
        "province.platform = 'province' and city.case_id is null",
        "province.platform = 'province'",
        "counts one case on both platforms",
        ONCE,
    ),
    Mutation(
        COMPLAINTS,
        "models/kpi/kpi_heating_complaint.sql",
        "received='false', in_day='false'",
        "received='true', in_day='false'",
        "takes households for cases",
        "kpi_heating_complaint__matters_over_thousands_of_households",
    ),
    Mutation(
        YOY,
        SEASON,
        "exposed.current_count * exposed.base_exposure",
        "exposed.current_count * exposed.current_exposure",
        "multiplies by the wrong season",
        SEASONS,
    ),
    Mutation(
        YOY,
        SEASON,
        "sum(if(compared.is_cut, day.cut_count, day.case_count)) filter (where compared.side = 'base')",
        "sum(day.case_count) filter (where compared.side = 'base')",
        "compares half a day with a whole one",
        SEASONS,
    ),
    Mutation(
        YOY,
        SEASON,
        "when bool_or(compared.day_date < series.first_date) then 'before_first_day'",
        "when false then 'before_first_day'",
        "compares with a season before the feed began",
        SEASONS,
    ),
    Mutation(
        YOY,
        "models/intermediate/int_heating_compared_day.sql",
        "and season.base_start + cast(dim_date.date_day - season.season_start as int) <= season.base_end",
        "",
        "compares 153 days with 152",
        "int_heating_compared_day__seasons_by_their_day_years_by_date",
    ),
    Mutation(
        PROPERTY,
        SEASON,
        "if(rolled.series = 'city_property', base.households, base.heated_households)",
        "base.heated_households",
        "divides by the heated households alone",
        SEASONS,
    ),
    Mutation(
        CHECK,
        ACTION,
        "when hour(action.triggered_at) >= day.check_cut_off_hour",
        "when hour(action.triggered_at) > day.check_cut_off_hour",
        "17:00 has until the next noon",
        NOON,
    ),
    Mutation(
        CHECK,
        ACTION,
        "coalesce(due.done_at <= due.ruled_due_at, false) as is_in_time",
        "coalesce(due.done_at < due.ruled_due_at, false) as is_in_time",
        "noon sharp is in time",
        NOON,
    ),
    Mutation(
        CHECK,
        SUPERVISION,
        "immature='done_at is null and due_at > as_of'",
        "immature='done_at is null'",
        "forgives what is late and open",
        CHECKS,
    ),
    Mutation(
        ACCIDENT,
        STATION,
        "bool_and(pump_state = 'off') as is_stopped",
        "bool_or(pump_state = 'off') as is_stopped",
        "an hour that runs again is not stopped",
        STOPS,
    ),
    Mutation(ACCIDENT, STATION, "where not reading.is_lost", "where true", "takes a lost link for a stop", STOPS),
    Mutation(
        ACCIDENT,
        SUPERVISION,
        "sum(heard_hour_count * heated_area_m2)",
        "sum(24 * heated_area_m2)",
        "counts silence as service",
        CHECKS,
    ),
    Mutation(
        CONNECTED,
        SUPERVISION,
        "bool_or(heard_hour_count > 0) as is_connected",
        "bool_and(heard_hour_count > 0) as is_connected",
        "a silent day unconnects no station for the month",
        CHECKS,
    ),
    Mutation(
        SILENT_COLD,
        SILENT,
        "compliance_rate < quarter_line as is_cold",
        "compliance_rate <= quarter_line as is_cold",
        "the line itself is not below it",
        WORDLESS,
    ),
    Mutation(
        SILENT_COLD,
        SILENT,
        "cell.point_count >= policy_of.min_points and",
        "",
        "judges a street by nine points",
        WORDLESS,
    ),
]
