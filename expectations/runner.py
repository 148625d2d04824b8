"""Run suites over the warehouse with Great Expectations, letting out counts and names but never a value."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from expectations.suite import Check, Suite
from ingestion.settings import Settings, silence_telemetry
from warehouse.engine import connect

# Failing values reach results, pages and logs unless both are set.
VALUE_FREE = {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Outcome:
    """What one check found. `observed` is made of counts and column names only."""

    suite: Suite
    check: Check
    success: bool
    observed: str
    unexpected_count: int | None = None
    element_count: int | None = None

    @property
    def table(self) -> str:
        return self.check.table or self.suite.table

    @property
    def name(self) -> str:
        return f"{self.suite.suite}.{self.check.id}"


def run_suites(settings: Settings, suites: list[Suite]) -> list[Outcome]:
    """Run every check; one that cannot run has failed. The warehouse must not be open for writing in this process."""
    planned = [(suite, check) for suite in suites for check in suite.checks]
    present = _tables(settings)
    by_table: dict[str, list[tuple[Suite, Check]]] = {}
    for suite, check in planned:
        by_table.setdefault(check.table or suite.table, []).append((suite, check))
    outcomes: dict[tuple[str, str], Outcome] = {}
    with _context(settings) as source:
        for table, checks in by_table.items():
            found = _validate(source, table, checks) if table in present else {}
            for number, (suite, check) in enumerate(checks):
                result = found.get(number)
                missing = "未能运行 could not run" if table in present else "缺少此表 table is missing"
                outcome = Outcome(suite, check, False, missing) if result is None else _outcome(suite, check, result)
                outcomes[suite.suite, check.id] = outcome
    return [outcomes[suite.suite, check.id] for suite, check in planned]


def _tables(settings: Settings) -> set[str]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        rows = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    return {name for (name,) in rows}


@contextmanager
def _context(settings: Settings) -> Iterator[Any]:
    """A Great Expectations data source over the warehouse, in a context that lives and dies in memory."""
    silence_telemetry()
    for library in ("great_expectations", "sqlalchemy"):  # their messages quote SQL errors, and those quote values
        logging.getLogger(library).propagate = False
        logging.getLogger(library).handlers = [logging.NullHandler()]
    import great_expectations  # takes ten seconds
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from expectations.dialect import warehouse_source

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    with warehouse_source(settings) as arguments:
        yield context.data_sources.add_sql("warehouse", **arguments)


def _validate(source: Any, table: str, checks: list[tuple[Suite, Check]]) -> dict[int, Any]:
    """Results by position of the check; a check that raised is not among them."""
    import great_expectations
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    schema, name = table.split(".")
    with warnings.catch_warnings():  # it asks for one source per schema, but DuckDB has one file for all of them
        warnings.filterwarnings("ignore", "`schema_name` is deprecated", DeprecationWarning)
        try:
            asset = source.add_table_asset(table, table_name=name, schema_name=schema)
        except TestConnectionError:  # a view over files of which one is gone: none of its checks can run
            return {}
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    suite = great_expectations.ExpectationSuite(name=table)
    for number, (_, check) in enumerate(checks):
        suite.add_expectation(_expectation(check, number))
    results = batch.validate(suite, result_format=VALUE_FREE).results
    return {result.expectation_config.meta["number"]: result for result in results if result.result}


def _expectation(check: Check, number: int) -> Any:
    from expectations.value_free import expectation_class

    return expectation_class(check.expectation)(**check.kwargs, severity=check.severity, meta={"number": number})


def _outcome(suite: Suite, check: Check, result: Any) -> Outcome:
    """Take counts and column names out of a result, and leave everything else behind."""
    found, success = result.result, bool(result.success)
    match check.expectation:
        case "expect_table_columns_to_match_set":
            mismatched = found.get("details", {}).get("mismatched", {})
            words = {"missing": "缺少 missing", "unexpected": "多出 unexpected"}
            parts = [f"{words[kind]}: {', '.join(mismatched[kind])}" for kind in words if kind in mismatched]
            columns = len(found["observed_value"])
            return Outcome(suite, check, success, "; ".join([f"{columns} 列 columns", *parts]), element_count=columns)
        case "expect_table_row_count_to_be_between":
            rows = int(found["observed_value"])
            return Outcome(suite, check, success, f"{rows:,} 行 rows", element_count=rows)
        case "unexpected_rows_expectation":
            rows = int(found["observed_value"])
            return Outcome(suite, check, success, f"{rows:,} 处 findings", unexpected_count=rows)
        case _:
            failed, total = int(found["unexpected_count"] or 0), int(found["element_count"])  # None in an empty table
            return Outcome(suite, check, success, f"{failed:,} / {total:,} 行 rows", failed, total)
