"""What must turn the gate's checks red: rows beside the sound ones, each with one cell that no check may let pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from expectations.derive import RAW_PREFIX
from expectations.results import PREVIOUS
from expectations.suite import Check, Suite
from tests.reliability.whole.mutating import FOREIGN, Attempt, Table

QUERY = "unexpected_rows_query"
NULLS, WORDS, RANGE = (f"expect_column_values_to_{what}" for what in ("not_be_null", "be_in_set", "be_between"))
COLUMNS, ROWS = "expect_table_columns_to_match_set", "expect_table_row_count_to_be_between"
# What a release of this very build would have left, to compare with.
SAME_RELEASE = (
    f"INSERT INTO dq.previous_kpi_value SELECT {', '.join(PREVIOUS)} FROM marts.fct_kpi_value "
    "WHERE period_grain = 'month'"
)


# What no check of single figures looks at, and most rows of the table.
FINER_FIGURES = "DELETE FROM marts.fct_kpi_value WHERE period_grain <> 'month' OR area_level = 'street'"


def table_of(suite: Suite, check: Check) -> str:
    """The table that a check asks."""
    return check.table or suite.table


def query_of(suite: Suite, check: Check) -> str:
    """The SQL of a check that counts rows, over its table."""
    return str(check.kwargs[QUERY]).format(batch=table_of(suite, check))


def broken_rows(suite: Suite, check: Check, table: Table) -> list[str]:
    """Statements that each add one row that the check must find; none where rows cannot break it."""
    if check.expectation in (NULLS, WORDS, RANGE):
        column = check.kwargs["column"]
        return [_beside(table, column, cell) for cell in _wrong_cells(check, table.columns[column])]
    if check.expectation.endswith("to_be_unique"):
        return table.doubled()
    if check.expectation == COLUMNS:
        return [f"ALTER TABLE {table.name} ADD COLUMN stranger VARCHAR"]
    if suite.suite == "flag":
        return [_beside(table, "rule_code", f"'{check.id}'")]
    if suite.suite.startswith(RAW_PREFIX) and check.id in DELIVERIES:
        return [DELIVERIES[check.id].format(feed=suite.suite.removeprefix(RAW_PREFIX))]
    return []


def _wrong_cells(check: Check, kind: str) -> Iterator[str]:
    if check.expectation == NULLS:
        yield "NULL"
    elif check.expectation == WORDS:
        yield f"'{FOREIGN}'"
    else:
        step = Decimal(1).scaleb(-int(found[1])) if (found := re.search(r",(\d+)\)", kind)) else Decimal(1)
        for limit, way in (("min_value", -step), ("max_value", step)):
            if limit in check.kwargs:
                yield str(Decimal(str(check.kwargs[limit])) + way)


def _beside(table: Table, column: str, cell: str) -> str:
    """A copy of the first row, with one cell changed."""
    value = f'CAST({cell} AS {table.columns[column]}) AS "{column}"'
    one = f"(SELECT * FROM {table.name} WHERE rowid = (SELECT min(rowid) FROM {table.name}))"
    return f"INSERT INTO {table.name} SELECT * REPLACE ({value}) FROM {one}"


def _delivery(**cells: str) -> str:
    """SQL that adds a delivery of a feed, like its newest one but for these cells."""
    replaced = ", ".join(f"{value} AS {name}" for name, value in cells.items())
    return (
        f"INSERT INTO landing.delivery SELECT * REPLACE ({replaced}) FROM landing.delivery "
        "WHERE feed = '{feed}' AND status = 'landed' ORDER BY batch_seq DESC LIMIT 1"
    )


COUNTS = {"received": "1000", "landed": "200", "quarantined": "800", "duplicates": "0"}
DELIVERIES = {  # one that is mostly set aside, a refused one after the last that landed, and another feed far ahead
    "quarantined_share_is_tolerable": _delivery(**COUNTS, batch_seq="batch_seq + 1"),
    "refused_delivery_was_replaced": _delivery(status="'refused'", recorded_at="recorded_at + INTERVAL 1 DAY"),
    "is_as_fresh_as_the_others": _delivery(
        feed="'another feed'", last_business_date="last_business_date + INTERVAL 100 YEAR"
    ),
}


def refreshed(feed: str) -> str:
    """SQL that lets a feed have landed whole just now: whatever it lacked before, its deliveries are sound."""
    return (
        f"INSERT INTO landing.delivery SELECT * REPLACE ('{feed}' AS feed, 1000000 AS batch_seq, 0 AS quarantined, "
        "(SELECT max(recorded_at) FROM landing.delivery) AS recorded_at) FROM landing.delivery "
        "WHERE status = 'landed' ORDER BY last_business_date DESC NULLS LAST LIMIT 1"
    )


def violations(suite: Suite, check: Check) -> str:
    """SQL of the rows that a check must find, said a second time."""
    if check.expectation == "unexpected_rows_expectation":
        return query_of(suite, check)
    said, column = check.kwargs, f'"{check.kwargs.get("column")}"'
    allowed = ", ".join(f"'{word}'" for word in said.get("value_set", []))
    low, high = (said.get(limit, column) for limit in ("min_value", "max_value"))
    broken = {NULLS: f"{column} IS NULL", WORDS: f"{column} NOT IN ({allowed})"}
    outside = f"{column} < {low} OR {column} > {high}"
    return f"FROM {table_of(suite, check)} WHERE {broken.get(check.expectation, outside)}"


# What no mutation by kind can break: by check and relation, what makes it sound first, and then the error.
BY_HAND: dict[tuple[str, str], Attempt] = {
    # every region had cases; then they are lost
    ("kpi_value.every_region_reports", "marts.fct_kpi_value"): (
        ["UPDATE marts.fct_kpi_value SET received_count = 10 WHERE area_level = 'region'"],
        ["DELETE FROM marts.fct_kpi_value WHERE area_level = 'region'"],
    ),
    # a rate, or a count, that stood still for months; then it goes up and down
    ("kpi_value.no_jump", "marts.fct_kpi_value"): (
        ["UPDATE marts.fct_kpi_value SET is_rankable = TRUE, value = 0.5"],
        ["UPDATE marts.fct_kpi_value SET value = 0.1 + 0.5 * (month(period_start) % 2)"],
    ),
    # a measure that may rise from 1 to 2 is said to be a rate
    ("kpi_value.no_jump", "meta.kpi_dictionary"): (
        [
            "UPDATE marts.fct_kpi_value SET is_rankable = TRUE, value = 1 + month(period_start) % 2 WHERE kpi_code IN "
            "(SELECT kpi_code FROM meta.kpi_dictionary WHERE unit NOT IN ('rate', 'count'))"
        ],
        ["UPDATE meta.kpi_dictionary SET unit = 'rate' WHERE unit NOT IN ('rate', 'count')"],
    ),
}
