"""A second city is a folder of seeds: ten invented districts run from files to brief without a change in code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.second_city import CITY, PREFIX, ZONE, write_second_city


@pytest.fixture(scope="module")
def second_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the invented city was simulated, landed, built, audited, released and briefed."""
    home = tmp_path_factory.mktemp("second_city")
    environment = os.environ | {"CITYPULSE_CITY": str(write_second_city(home / "city"))}
    for command in (["simulate", "--days", "40", "--seed", "5", "--scale", "0.1"], ["run", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "citypulse", "--home", str(home / "data"), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-3000:]} {done.stderr[-3000:]}"
    return home / "data"


def ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "serving" / "governance.duckdb"), read_only=True) as served:
        return served.execute(query).fetchall()


def test_the_districts_are_the_invented_ones(second_city: Path) -> None:
    levels = dict(ask(second_city, "SELECT level, count(*) FROM marts.dim_area GROUP BY level"))
    assert (levels["city"], levels["district"], levels["zone"]) == (1, 10, 1)
    strangers = ask(
        second_city, f"SELECT DISTINCT area_code FROM marts.fct_kpi_value WHERE area_code NOT LIKE '{PREFIX}%'"
    )
    assert strangers == []


def test_every_kpi_of_the_dictionary_speaks_of_the_city(second_city: Path) -> None:
    silent = ask(
        second_city,
        "SELECT kpi_code FROM meta.kpi_dictionary WHERE table_name = 'fct_kpi_value' AND kpi_code NOT IN "
        f"(SELECT kpi_code FROM marts.fct_kpi_value WHERE area_code = '{CITY}' AND received_count > 0)",
    )
    assert silent == []


def test_the_zone_counts_beside_the_districts_whose_streets_it_took(second_city: Path) -> None:
    query = """
        SELECT area_level, sum(received_count) FROM marts.fct_kpi_value
        WHERE kpi_code = 'hotline.case_count' AND period_grain = 'month' AND area_level IN ('region', 'district')
        GROUP BY ALL"""
    counts = dict(ask(second_city, query))
    assert 0 < counts["region"] <= counts["district"]
    ((zone,),) = ask(
        second_city,
        f"SELECT sum(received_count) FROM marts.fct_kpi_value WHERE area_code = '{ZONE}' AND period_grain = 'month'",
    )
    assert zone > 0


def test_the_brief_names_the_city_and_no_other(second_city: Path) -> None:
    pages = list((second_city / "briefs").rglob("*.html"))
    texts = " ".join(page.read_text(encoding="utf-8") for page in pages)
    assert "样例市" in texts
    assert "大连市" not in texts
