"""Errors that someone could make in the SQL of the ledger, each with the unit test that must notice it."""

from __future__ import annotations

from tests.slow.mutations import Mutation

RATE = "quality.figure_reproduction_rate"
KPI = "models/kpi/fct_kpi_figure_reproduction.sql"
FIGURE = "models/marts/fct_published_figure.sql"
WORKED = "models/intermediate/int_figure_worked.sql"
SOLVER = "macros/worked_figure.sql"
MEASURE = "models/intermediate/int_figure_measure.sql"
COUNT = "models/intermediate/int_figure_count.sql"
REGISTER = "models/marts/fct_register_count.sql"

COUNTED = "fct_kpi_figure_reproduction__only_what_could_come_out_is_counted"
VERDICTS = "fct_published_figure__verdicts_follow_from_arithmetic_and_measurement"
INVERTED = "int_figure_worked__inversions_find_exactly_the_whole_numbers"
COMPUTED = "int_figure_worked__sums_changes_and_references_are_computed"
MEASURED = "int_figure_measure__sums_months_reads_stocks_and_keeps_every_decimal"
WITHIN = "int_figure_count__counts_within_the_period_and_area"
IN_FORCE = "fct_register_count__counts_what_was_in_force_on_the_day"

FIGURES = [
    Mutation(
        RATE,
        KPI,
        "cast(count(*) filter (where not is_not_measured) as decimal(18, 4)) as denominator",
        "cast(count(*) as decimal(18, 4)) as denominator",
        "takes a figure of a time without data for one that failed",
        COUNTED,
    ),
    Mutation(
        RATE,
        KPI,
        "where figure_class in ('A', 'B', 'C', 'D')",
        "where figure_class <> 'E'",
        "expects ambiguous figures to come out",
        COUNTED,
    ),
    Mutation(
        RATE,
        FIGURE,
        "coalesce(measured_value < high or (measured_value = high and not is_high_open), true) as is_in_range",
        "coalesce(measured_value <= high, true) as is_in_range",
        "takes 94.85 % for 94.8 % without a word",
        VERDICTS,
    ),
    Mutation(
        RATE,
        FIGURE,
        "when figure_class = 'X' then if(reading_count > 1, 'ambiguous', 'reproduced')",
        "when figure_class = 'X' then 'ambiguous'",
        "calls a figure with one reading ambiguous",
        VERDICTS,
    ),
    Mutation(
        RATE,
        FIGURE,
        "when other_figure is not null then if(holds, 'reproduced', 'contradictory')",
        "when other_figure is not null then 'contradictory'",
        "asserts a contradiction that is none",
        VERDICTS,
    ),
    Mutation(
        RATE,
        FIGURE,
        "when measured_value is null then 'not_measured'",
        "when measured_value is null then 'reproduced'",
        "takes a figure without data for proved",
        VERDICTS,
    ),
    Mutation(
        RATE,
        WORKED,
        "and number_reading <> 'multiple' and (is_percentage or decimals > 0) as is_cut_off",
        "as is_cut_off",
        "takes 2.17 times for twice, cut off",
        COMPUTED,
    ),
    Mutation(
        RATE,
        WORKED,
        "coalesce(term.value, referred.value) * term.factor as amount",
        "coalesce(term.value, referred.value) as amount",
        "adds what should be subtracted",
        COMPUTED,
    ),
    Mutation(
        RATE,
        SOLVER,
        "if(base is null, scaled // far, if(given is null, (base * near - 1 + swap) // halves, null)) + 1 as lowest",
        "if(base is null, scaled // far, if(given is null, (base * near - 1 + swap) // halves, null)) as lowest",
        "counts one whole number too many",
        INVERTED,
    ),
    Mutation(
        RATE,
        MEASURE,
        "figure.measure = 'kpi_month', date_trunc('month', figure.as_of), figure.period_start",
        "figure.measure = 'kpi_month', date '1900-01-01', figure.period_start",
        "sums a stock over months",
        MEASURED,
    ),
    Mutation(
        RATE,
        MEASURE,
        "where figure.measure = 'safety' and year.period_kind = 'year' and year.status = 'ok'",
        "where figure.measure = 'safety' and year.status = 'ok'",
        "takes a year to date for the year",
        MEASURED,
    ),
    Mutation(
        RATE,
        COUNT,
        "and asked.as_of >= event.day_date",
        "and asked.as_of > event.day_date",
        "leaves the last day out",
        WITHIN,
    ),
    Mutation(
        RATE,
        COUNT,
        "and (asked.is_city or asked.area_code = event.region_code)",
        "",
        "gives a district the whole city's cases",
        WITHIN,
    ),
    Mutation(
        RATE,
        REGISTER,
        "and coalesce(registered.valid_to, date '9999-12-31') >= asked.as_of",
        "",
        "counts what was replaced as well as what replaced it",
        IN_FORCE,
    ),
    Mutation(
        RATE,
        REGISTER,
        "count(registered.subject) > 0, count(distinct registered.subject), sum(registered.quantity)",
        "false, 0, sum(registered.quantity)",
        "counts a worker of two grids twice",
        IN_FORCE,
    ),
]
