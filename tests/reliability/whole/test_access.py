"""Every number of the hotline can be taken apart into its cases, and each look at them stands in the log."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from citypulse.case_rows import Question, rows
from ingestion.audit_log import entries, verify
from ingestion.settings import Settings, child_environment
from tests.reliability.figures import record

REASON = "可靠性测试 reliability test"
# Each published part of a figure beside the sum over its cases: one row for every level, area and period that differs.
LEVELS = {
    "city": "(SELECT area_code FROM marts.dim_area WHERE level = 'city')",
    "region": "region_code",
    "district": "district_code",
    "street": "street_code",
}
COUNTED = "CASE WHEN excluded_reason IS NULL AND NOT is_immature THEN {part} ELSE 0 END"
PARTS = " UNION ALL ".join(
    f"SELECT kpi_code, '{level}' AS area_level, {code} AS area_code, '{grain}' AS period_grain, "
    f"CAST(date_trunc('{grain}', period_date) AS DATE) AS period_start, "
    f"{COUNTED.format(part='hit')} AS hit, {COUNTED.format(part='base')} AS base "
    f"FROM marts.kpi_hotline_case WHERE in_{grain}"
    for level, code in LEVELS.items()
    for grain in ("day", "month")
)
FIGURES = f"""
SELECT v.kpi_code, v.area_level, v.numerator, v.denominator, s.hit, s.base FROM marts.fct_kpi_value AS v
LEFT JOIN (SELECT * EXCLUDE (hit, base), sum(hit) AS hit, sum(base) AS base FROM ({PARTS}) GROUP BY ALL) AS s
USING (kpi_code, area_level, area_code, period_grain, period_start)
WHERE v.kpi_code IN (SELECT kpi_code FROM marts.kpi_hotline_case)"""


@pytest.fixture(scope="module")
def home(whole_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The warehouse of the city in a home of its own, for looks leave traces."""
    home = tmp_path_factory.mktemp("access") / "home"
    shutil.copytree(whole_city.warehouse, home / "warehouse", ignore=shutil.ignore_patterns("dbt_target"))
    return dataclasses.replace(whole_city, home=home, lineage_file=None)


def is_count(code: str) -> bool:
    """A count has no cases in its denominator, which tells only that there was a period."""
    return code in ("hotline.case_count", "hotline.matter_count")


@contextmanager
def opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(settings.warehouse_db), read_only=True) as connection:
        yield connection


def test_every_hotline_figure_is_the_sum_of_its_cases(home: Settings) -> None:
    with opened(home) as connection:
        figures = connection.execute(FIGURES).fetchall()
    wrong = [
        (code, level)
        for code, level, numerator, denominator, hit, base in figures
        if (numerator or 0) != (hit or 0) or (not is_count(code) and (denominator or 0) != (base or 0))
    ]
    record("access", figures=len(figures), kpis=len({code for code, *_ in figures}), not_adding_up=len(wrong))
    assert len({code for code, *_ in figures}) == 18
    assert {level for _, level, *_ in figures} == set(LEVELS)
    assert wrong == []


def test_the_command_gives_the_cases_of_a_figure_and_logs_each_look(home: Settings) -> None:
    with opened(home) as connection:
        figures = connection.execute(
            "SELECT kpi_code, area_code, numerator, denominator FROM marts.fct_kpi_value "
            "WHERE period_grain = 'month' AND period_start = DATE '2026-01-01' AND area_level IN ('city', 'region') "
            "AND kpi_code IN ('hotline.on_time_rate', 'hotline.satisfaction_rate', 'hotline.case_count')"
        ).fetchall()
    for code, area, numerator, denominator in figures:
        answer = rows(home, Question(code, REASON, area=area, period="2026-01"))
        places = [answer.names.index(f"adds_to_{part}") for part in ("numerator", "denominator")]
        hit, base = (sum((row[place] for row in answer.rows), Decimal(0)) for place in places)
        assert (hit, base) == (numerator or 0, 0 if is_count(code) else denominator or 0)
        assert not any(name.endswith(("_token", "_fingerprint")) for name in answer.names)
    assert verify(home).lines == len(figures) > 30
    assert {(look["subject"], look["reason"]) for look in entries(home)} == {(code, REASON) for code, *_ in figures}


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, "-m", "citypulse", *arguments]
    return subprocess.run(
        full, env=child_environment(settings, {}), capture_output=True, text=True, timeout=60, check=False
    )


def test_the_audit_is_shown_and_a_changed_byte_is_named(home: Settings, tmp_path: Path) -> None:
    target = tmp_path / "cases.csv"
    refused = command(home, "rows", "fct_case", "--reason", REASON, "--output", str(target))
    assert refused.returncode == 4
    given = command(home, "rows", "fct_case", "--reason", REASON, "--output", str(target), "--approval", "审批1号")
    assert given.returncode == 0, given.stderr
    shown = json.loads(command(home, "audit", "--limit", "2", "--json").stdout)["looks"]
    assert [(look["outcome"], look["output"]) for look in shown] == [("given", "file"), ("refused", "file")]
    assert shown[0]["rows"] == target.read_text("utf-8-sig").count("\n") - 1
    assert command(home, "audit", "--verify").returncode == 0
    log = home.audit / "access.jsonl"
    content = bytearray(log.read_bytes())
    content[content.index(b"\n") + 40] ^= 1
    log.write_bytes(content)
    broken = command(home, "audit", "--verify")
    assert broken.returncode == 7
    assert "line 2:" in broken.stderr
    assert command(home, "doctor").returncode == 7
