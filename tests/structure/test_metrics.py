"""Every KPI is a metric or says why not, and every exposure says who reads what."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest

from citypulse.exposures import public_models
from ingestion.settings import PROJECT_ROOT
from reporting.period import KINDS
from tests.structure.repo import DBT, is_bilingual, load_yaml
from warehouse.metrics import metric_name


def rows_of(path: str) -> list[dict[str, str]]:
    with (DBT / path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def metrics() -> dict[str, dict[str, Any]]:
    return {metric["name"]: metric for metric in load_yaml(DBT / "models" / "kpi" / "_metrics.yml")["metrics"]}


def test_every_kpi_is_a_metric_or_says_why_not() -> None:
    kpis = [row["kpi_code"] for row in rows_of("seeds/kpi_dictionary.csv")]
    sources = rows_of("metric_source.csv")
    assert [row["kpi_code"] for row in sources] == kpis, "one row a KPI, in the order of the dictionary"
    unclear = [
        row["kpi_code"] for row in sources if bool(row["rows"]) == bool(row["left_out_zh"] and row["left_out_en"])
    ]
    assert not unclear, (
        "say in metric_source.csv which rows it is measured over, or in both languages why it is no metric"
    )
    assert set(metrics()) == {metric_name(row["kpi_code"]) for row in sources if row["rows"]}


def test_only_scores_changes_of_seasons_and_comparisons_with_a_release_are_no_metrics() -> None:
    units = {row["kpi_code"]: (row["unit"], row["table_name"]) for row in rows_of("seeds/kpi_dictionary.csv")}
    left_out = {units[row["kpi_code"]] for row in rows_of("metric_source.csv") if not row["rows"]}
    assert left_out == {
        ("score", "fct_kpi_value"),
        ("change", "fct_kpi_season"),
        ("score", "fct_kpi_silent_cold"),
        ("score", "fct_kpi_peace_index"),
        ("rate", "fct_kpi_restatement"),
    }


def test_a_state_is_that_of_the_last_day_or_month_and_a_flow_is_not() -> None:
    over_time = {row["kpi_code"]: row["over_time"] for row in rows_of("seeds/kpi_dictionary.csv")}
    states = {row["kpi_code"] for row in rows_of("metric_source.csv") if row["rows"].startswith("last_")}
    assert states == {code for code, kind in over_time.items() if kind == "last"}


def test_no_metric_reads_a_published_figure() -> None:
    models = load_yaml(DBT / "models" / "kpi" / "_semantic_models.yml")["semantic_models"]
    read = {model["model"] for model in models}
    assert not {name for name in read if "fct_kpi" in name}, (
        "a metric that reads the mart agrees with it whatever it says"
    )


def exposures() -> dict[str, dict[str, Any]]:
    return {exposure["name"]: exposure for exposure in load_yaml(DBT / "models" / "exposures.yml")["exposures"]}


def models_read(exposure: str) -> set[str]:
    return {reference[5:-2] for reference in exposures()[exposure]["depends_on"]}


@pytest.mark.parametrize("exposure", exposures())
def test_an_exposure_says_whose_it_is_where_it_stands_and_reads_public_models_alone(exposure: str) -> None:
    said = exposures()[exposure]
    assert is_bilingual(said["label"])
    assert is_bilingual(said["owner"]["name"])
    assert said["maturity"] in ("high", "medium", "low")
    assert said["config"]["meta"]["path"]
    assert models_read(exposure) <= set(public_models().values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_exposure_of_a_brief_names_the_models_whose_tables_its_sql_reads(kind: str) -> None:
    """By the SQL of its tables and modules, whatever the tables name under `reads`."""
    reporting = PROJECT_ROOT / "reporting"
    drawn = {"cards", "requests", "ranking", "small_cells", "map", "panels", "missing"}
    sections = set(load_yaml(reporting / "contents.yml")[kind]["sections"]) - drawn
    specs = [load_yaml(reporting / "tables" / f"{name}.yml") for name in sections]
    texts = [f"{spec['sql']} {spec.get('absent_when', '')}" for spec in specs]
    texts += [path.read_text(encoding="utf-8") for path in reporting.glob("*.py") if path.name != "ledger.py"]
    tables = {table for text in texts for table in re.findall(r"(?:marts|meta)\.[a-z_]+", text)}
    public = public_models()
    assert {public[table] for table in tables if table in public} == models_read(f"{kind}_brief")


def test_the_served_file_and_the_push_hold_every_public_model() -> None:
    every = set(public_models().values())
    assert len(every) > 60
    assert models_read("served_file") == models_read("postgres_push") == every
