"""Errors that someone could make in the SQL of places and registers, each with the unit test that must notice it."""

from __future__ import annotations

from tests.slow.mutations import Mutation

COVERAGE, HOUSEHOLDS, ON_TIME = "grid.coverage_rate", "capacity.households_per_community", "grid.on_time_rate"
MONTH = "models/intermediate/int_community_month.sql"
CODE = "models/intermediate/int_grid_code.sql"
PLACE = "models/intermediate/int_grid_event_place.sql"
UNPLACED = "models/intermediate/int_grid_event_unplaced.sql"
EVENT = "models/staging/stg_grid_event.sql"
FLAG = "models/intermediate/int_geo_flag.sql"

COVERED = "int_community_month__in_force_and_covered_on_the_day_registers_are_read"
OLD_CODE = "int_grid_code__an_old_code_means_what_came_of_it"
PLACED = "int_grid_event_place__by_code_by_successor_by_point_by_lineage"
ANEW = "int_grid_event_unplaced__what_changed_and_what_a_register_says_anew"
LATE = "stg_grid_event__a_late_older_version_changes_nothing"
LATEST = "stg_grid_event__the_latest_version_speaks"
ONE_PLACE = "int_community_lineage__one_place_through_splits_mergers_and_new_codes"
SERIES = "fct_community_series__a_split_does_not_break_it"
LEVELS = "fct_grid_kpi_month__a_rate_stands_on_enough_cases_only"
RULES = "int_geo_flag__each_rule_finds_its_row_and_no_other"

GEO = [
    Mutation(
        COVERAGE,
        "models/kpi/kpi_grid_coverage.sql",
        "hit='cast(is_covered as int)'",
        "hit='1'",
        "takes every community for covered",
        "kpi_grid_coverage__a_community_without_a_grid_counts_against_it",
    ),
    Mutation(
        COVERAGE,
        "models/kpi/kpi_grid_coverage.sql",
        "community.day_date >= dim_feed.first_date",
        "community.day_date > dim_feed.first_date",
        "loses the month on whose last day the register of grids begins",
        "kpi_grid_coverage__a_community_without_a_grid_counts_against_it",
    ),
    Mutation(
        COVERAGE, MONTH, "where is_in_use and grid_kind = 'general'", "where is_in_use", "a school covers all", COVERED
    ),
    Mutation(
        COVERAGE,
        MONTH,
        "where is_in_use and grid_kind = 'general'",
        "where grid_kind = 'general'",
        "takes an ended grid for one in force",
        COVERED,
    ),
    Mutation(
        HOUSEHOLDS,
        "models/kpi/kpi_capacity_community.sql",
        "hit='households'",
        "hit='households', base='cast(households > 0 as int)'",
        "leaves an empty community out",
        "kpi_capacity_community__households_over_communities",
    ),
    Mutation(
        HOUSEHOLDS, MONTH, "where community.is_in_use", "where true", "counts communities that were closed", COVERED
    ),
    Mutation(
        HOUSEHOLDS,
        MONTH,
        "month_end.day_date >= community.valid_from",
        "month_end.day_date > community.valid_from",
        "loses a community on its first day",
        COVERED,
    ),
    Mutation(
        ON_TIME,
        EVENT,
        "order by updated_at desc, batch_seq desc, row_no desc",
        "order by batch_seq desc, row_no desc",
        "lets a late, older version speak",
        LATE,
    ),
    Mutation(
        ON_TIME,
        EVENT,
        "order by updated_at desc, batch_seq desc, row_no desc",
        "order by updated_at desc, batch_seq, row_no",
        "lets the first delivery of a version speak",
        LATEST,
    ),
    Mutation(
        ON_TIME,
        CODE,
        "qualify is_itself or not bool_or(is_itself) over (partition by span.grid_code, span.valid_from)",
        "",
        "takes a grid something was cut out of for a split one",
        OLD_CODE,
    ),
    Mutation(
        ON_TIME,
        CODE,
        "if(count(*) = 1, any_value(descendant_code), null)",
        "any_value(descendant_code)",
        "gives all of a split grid to one of its parts",
        OLD_CODE,
    ),
    Mutation(
        ON_TIME,
        PLACE,
        "or list_contains(event.successor_codes, boundary.grid_code)",
        "or true",
        "places an event of a split grid wherever its point is",
        PLACED,
    ),
    Mutation(
        ON_TIME,
        PLACE,
        "if(grid_resolution = 'point', point_grid_code, resolved_grid_code)",
        "coalesce(point_grid_code, resolved_grid_code)",
        "lets the point go before the code",
        PLACED,
    ),
    Mutation(
        ON_TIME,
        UNPLACED,
        "event.reported_date >= register_change.first_date",
        "event.reported_date > register_change.first_date",
        "misses the first day of a change of a register",
        ANEW,
    ),
    Mutation(
        ON_TIME,
        UNPLACED,
        "before.grid_resolution in ('lineage', 'none')",
        "false",
        "never looks again at a code nobody knew",
        ANEW,
    ),
    Mutation(
        ON_TIME,
        "macros/lineage.sql",
        "order by reached.member, known.first_date nulls first, reached.other",
        "order by reached.member, reached.other desc",
        "calls a place by its newest code",
        ONE_PLACE,
    ),
    Mutation(
        ON_TIME,
        "models/marts/fct_community_series.sql",
        "on place.lineage_code = event.lineage_code and place.month_start = event.month_start",
        "on place.lineage_code = event.lineage_code and false",
        "a series of zeros",
        SERIES,
    ),
    Mutation(
        ON_TIME,
        "models/marts/fct_grid_kpi_month.sql",
        "if(status = 'ok', ratio, null)",
        "ratio",
        "shows a rate of two cases",
        LEVELS,
    ),
    Mutation(
        ON_TIME,
        "models/intermediate/int_grid_due_month.sql",
        "due_at >= (",
        "due_at is null and due_at >= (",
        "never counts again what was waiting at the last as-of",
        "int_grid_due_month__where_an_event_falls_due_or_did_before",
    ),
    Mutation(
        HOUSEHOLDS,
        FLAG,
        "abs(counted.households - community.households) * 5 > community.households",
        "abs(counted.households - community.households) * 5 >= community.households",
        "flags registers that are just a fifth apart",
        RULES,
    ),
]
