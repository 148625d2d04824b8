"""Errors that someone could make in the SQL of a KPI of the programme or of the data, each with its unit test."""

from __future__ import annotations

from tests.slow.mutations import Mutation

KPI = "models/kpi/kpi_capacity_programme.sql"
ITEM = "models/marts/fct_livelihood_item.sql"
DUE = "models/marts/fct_feed_due.sql"
ASKED = "models/intermediate/int_quality_due.sql"
QUALITY = "models/kpi/kpi_quality.sql"
RESTATEMENT = "models/kpi/fct_kpi_closed_month.sql"

MEASURES = "kpi_capacity_programme__measures_done_by_the_end_of_the_month"
SOLVED = "kpi_capacity_programme__items_solved_of_all_listed_so_far"
STATE = "fct_livelihood_item__the_state_decides_what_is_solved"
IN_TIME = "fct_feed_due__in_time_late_or_missing"
PROMISED = "int_quality_due__asks_what_was_promised"
PUNCTUAL = "kpi_quality__late_and_missing_add_nothing"
PLACED = "kpi_quality__rows_with_a_known_area"
CLOSED = "fct_kpi_closed_month__closed_months_against_the_release_before"

COMPLETION, LIVELIHOOD = "capacity.measure_completion_rate", "capacity.livelihood_solved_rate"
ON_TIME, RESOLUTION, RESTATED = "quality.feed_on_time_rate", "quality.area_resolution_rate", "quality.restatement_rate"

PROGRAMME = [
    Mutation(
        COMPLETION,
        KPI,
        """reason="case when measure_status = 'withdrawn' then 'X32' end", """,
        "",
        "counts withdrawn measures as undone",
        MEASURES,
    ),
    Mutation(
        COMPLETION,
        KPI,
        "and coalesce(measure.valid_to, date '9999-12-31') >= month.day_date",
        "and measure.valid_to is null",
        "reads every month by today's register",
        MEASURES,
    ),
    Mutation(
        LIVELIHOOD, KPI, "coalesce(solved_date <= day_date, false)", "solved_date is not null", "solves early", SOLVED
    ),
    Mutation(
        LIVELIHOOD,
        KPI,
        "when withdrawn_date <= day_date then 'X32'",
        "when withdrawn_date is not null then 'X32'",
        "a withdrawal reaches back into the months before it",
        SOLVED,
    ),
    Mutation(
        LIVELIHOOD,
        KPI,
        "on item.listed_date <= month.day_date",
        "on date_trunc('month', item.listed_date) = month.month_start",
        "reads a flow where the figure is a stock",
        SOLVED,
    ),
    Mutation(
        LIVELIHOOD,
        ITEM,
        "item_status in ('solved', 'confirmed'),",
        "solved_date is not null or item_status = 'confirmed',",
        "an item taken up again stays solved",
        STATE,
    ),
    Mutation(
        ON_TIME,
        DUE,
        "delivery.recorded_at > due.due_at and",
        "delivery.recorded_at >= due.due_at and",
        "its last minute is late",
        IN_TIME,
    ),
    Mutation(
        ON_TIME,
        DUE,
        " and due.due_at >= service.began_at",
        "",
        "history that is loaded later is late",
        IN_TIME,
    ),
    Mutation(
        ON_TIME,
        DUE,
        "cast(told_before.newest_date as timestamp) > due.due_at",
        "false",
        "news that came out of order is in time",
        IN_TIME,
    ),
    Mutation(
        ON_TIME,
        QUALITY,
        "hit='if(is_on_time, kept_share, 0)'",
        "hit='cast(is_on_time as int)'",
        "half is whole",
        PUNCTUAL,
    ),
    Mutation(ON_TIME, QUALITY, "immature='is_not_yet_due',", "", "blames before it is due", PUNCTUAL),
    Mutation(
        ON_TIME,
        ASKED,
        "and (domain <> 'heating' or heating_season is not null)",
        "",
        "asks for room temperatures in summer",
        PROMISED,
    ),
    Mutation(RESOLUTION, QUALITY, "not dim_feed.is_register", "true", "counts measures that have no place", PLACED),
    Mutation(
        RESOLUTION,
        QUALITY,
        "sum(month.row_count - month.unplaced_count)",
        "sum(month.row_count)",
        "rows without an area are placed",
        PLACED,
    ),
    Mutation(
        RESTATED,
        "models/kpi/fct_kpi_restatement.sql",
        "'abs(previous_value)') }}, 1)",
        "'abs(previous_value)') }}, 9)",
        "one figure weighs more than a figure",
        "fct_kpi_restatement__a_figure_adds_how_far_it_moved",
    ),
    Mutation(
        RESTATED,
        RESTATEMENT,
        "released.period_end + 90 < cast(released.as_of as date)",
        "released.period_end + 90 <= cast(released.as_of as date)",
        "a month is closed a day early",
        CLOSED,
    ),
    Mutation(
        RESTATED,
        RESTATEMENT,
        "and released.method_version = figure.method_version",
        "",
        "compares two methods",
        CLOSED,
    ),
]
