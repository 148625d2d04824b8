"""What dbt is shown of promises and of the release before: the same again for the same deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from ingestion.contract import load_contracts
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse import shown
from warehouse.build_info import read_build_info
from warehouse.engine import connect
from warehouse.release import publish
from warehouse.serving import release_before
from warehouse.shown import show_last_release, show_promises

FIGURES = """CREATE TABLE marts.fct_kpi_value AS SELECT 'hotline.closure_rate' AS kpi_code,
    unnest(['city', 'district']) AS area_level, 'month' AS period_grain,
    DATE '2025-01-01' AS period_start, DATE '2025-01-31' AS period_end,
    TIMESTAMP '2026-02-01 06:00:00' AS as_of, 1::DECIMAL(18,4) AS numerator, 4::DECIMAL(18,4) AS denominator,
    {value}::DECIMAL(18,8) AS value, '1' AS method_version"""
PUBLIC = "INSERT INTO meta.model_catalogue VALUES ('marts', 'fct_kpi_value', TRUE)"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Releases there come an hour after one another: a clock of whole seconds cannot tell fast ones apart."""
    hours = count(6)
    monkeypatch.setattr("warehouse.release.local_now", lambda: datetime(2026, 2, 1, next(hours)))
    return make_settings(tmp_path)


@contextmanager
def empty(settings: Settings) -> Iterator[DuckDBPyConnection]:
    with connect(settings.home / "other.duckdb", settings=settings) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS landing")
        yield connection


def release(settings: Settings, value: str, digest: str, *more: str) -> str:
    named = f"UPDATE meta.build_info SET input_digest = '{digest}'"
    audited = "INSERT INTO dq.check_result VALUES ('{}', 'sample', 'critical', TRUE)"
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    make_warehouse(settings, FIGURES.format(value=value), PUBLIC, named, *more, audited=False)
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(audited.format(read_build_info(connection).release_id))
    return publish(settings, checks_passed=1, checks_total=1).release_id


def values(settings: Settings) -> list[tuple[str, str]]:
    with empty(settings) as connection:
        show_last_release(connection, settings, [], 0)
        return connection.execute("SELECT kpi_code, value::VARCHAR FROM landing.released_month").fetchall()


def test_before_the_first_release_there_is_nothing_to_compare_with(settings: Settings) -> None:
    assert values(settings) == []


def test_what_the_release_before_told_of_restatements_is_shown(settings: Settings) -> None:
    kinds = ", ".join(f"NULL::{kind} AS {name}" for name, kind in shown.RESTATED.items())
    told = (
        f"CREATE TABLE meta.restatement AS SELECT * REPLACE ('hotline.closure_rate' AS kpi_code) FROM (SELECT {kinds})"
    )
    listed = "INSERT INTO meta.model_catalogue VALUES ('meta', 'restatement', TRUE)"
    released = release(settings, "0.25", "one", told, listed)
    with empty(settings) as connection:
        show_last_release(connection, settings, [], 0)
        assert connection.execute("SELECT kpi_code FROM landing.restatement").fetchall() == [("hotline.closure_rate",)]
        assert connection.execute("SELECT release_id FROM landing.released_month").fetchall() == [(released,)]


def test_the_city_of_the_release_in_service_is_shown(settings: Settings) -> None:
    release(settings, "0.25", "one")
    assert values(settings) == [("hotline.closure_rate", "0.25000000")]


def test_a_build_repeated_is_compared_with_what_the_first_was_compared_with(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release(settings, "0.25", "one")
    second = release(settings, "0.50", "two")
    monkeypatch.setattr(shown, "due_release_id", lambda *_: second)
    assert (release_before(settings, second), release_before(settings, first)) == (first, None)
    assert values(settings) == [("hotline.closure_rate", "0.25000000")]


def test_promises_are_those_of_the_contracts_in_force(settings: Settings) -> None:
    contracts = load_contracts(settings)
    with empty(settings) as connection:
        show_promises(connection, contracts)
        found = connection.execute("SELECT feed, name_zh, name_en, schedule FROM landing.promise").fetchall()
    assert found == [(feed, c.name_zh, c.name_en, c.arrives.schedule) for feed, c in contracts.items()]
