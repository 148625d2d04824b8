"""A small invented home for the tests of the site: the release of the briefs' tests, and all else that a site reads."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ingestion.contract import load_contracts
from ingestion.durable import write_file
from ingestion.settings import Settings
from reporting import html
from reporting.brief import LANGUAGES
from reporting.issue import Draft, Stale, issue, keep_draft, mark_stale
from reporting.period import Kind
from reporting.snapshot import payload
from tests.brief_fixture import AS_OF, BEFORE, PERIOD, REGIONS, Cell, full_month, insert, make_release, months
from tests.reporting.sample_brief import sample
from warehouse.build_info import BuildInfo
from warehouse.engine import connect
from warehouse.pages import write_page
from warehouse.runs_page import write_runs_page
from warehouse.serving import Manifest, write_manifest

RELEASE, EARLIER = "r-20260205", "r-20260105"
HOSTILE = "<script>alert(1)</script>区"
FEEDS = {"hotline": "hotline_city", "heating": "heating_room_temperature", "grid": "grid_event"}
MODELS = {
    "stg_hotline_city": (
        "staging", "select case_no, caller_token, received_at, batch_seq from governance.landing.hotline_city",
    ),
    "kpi_hotline": (
        "kpi",
        "select date_trunc('month', received_at) as period_start, count(distinct caller_token) as callers, "
        "count(*) as cases, max(batch_seq) as newest from governance.staging.stg_hotline_city where case_no <> '' "
        "group by all",
    ),
    "fct_kpi_value": (
        "kpi",
        "select 'hotline.on_time_rate' as kpi_code, period_start, callers as numerator, cases as denominator, "
        "callers / cases as value, newest from governance.marts.kpi_hotline",
    ),
}  # fmt: skip
OVERVIEW = {"name": "__overview__", "package_name": "dbt", "block_contents": "dbt's own words"}

MORE = """
ALTER TABLE meta.kpi_dictionary ADD COLUMN IF NOT EXISTS feed VARCHAR;
ALTER TABLE meta.kpi_dictionary ADD COLUMN IF NOT EXISTS target_source_zh VARCHAR;
ALTER TABLE meta.kpi_dictionary ADD COLUMN IF NOT EXISTS source VARCHAR;
UPDATE meta.kpi_dictionary SET feed = CASE family WHEN 'hotline' THEN 'hotline_city'
  WHEN 'heating' THEN 'heating_room_temperature' ELSE 'grid_event' END, source = 'GB/T 33358-2016 政府热线服务规范',
  target_source_zh = CASE WHEN target IS NULL THEN NULL ELSE '新闻发布会' END;
CREATE TABLE meta.delivery (feed VARCHAR, status VARCHAR, received BIGINT, landed BIGINT, quarantined BIGINT,
  duplicates BIGINT, recorded_at TIMESTAMP, last_business_date DATE);
CREATE TABLE marts.fct_feed_due (feed VARCHAR, cadence VARCHAR, period_start DATE, period_end DATE,
  is_missing BOOLEAN, is_late BOOLEAN, is_not_yet_due BOOLEAN);
CREATE TABLE marts.fct_kpi_restatement (kpi_code VARCHAR, subject_kpi_code VARCHAR, previous_as_of TIMESTAMP,
  compared_count BIGINT, restated_count BIGINT, numerator DECIMAL(18,4), denominator DECIMAL(18,4),
  value DECIMAL(18,8));
CREATE TABLE marts.fct_kpi_season (kpi_code VARCHAR, series VARCHAR, span VARCHAR, span_start DATE, area_level VARCHAR,
  area_code VARCHAR, method VARCHAR, as_of TIMESTAMP, current_count BIGINT, base_count BIGINT, value DECIMAL(18,8),
  status VARCHAR, is_rankable BOOLEAN);
"""


def make_home(home: Path) -> Settings:
    """A home with two releases, issued briefs of two kinds and three areas, a draft, a stale kind, pages of others."""
    settings = make_release(home, [*full_month(), *_history()], names={"2102X9": (HOSTILE, HOSTILE)})
    with connect(settings.serving / "governance.duckdb", settings=settings) as con:
        con.execute(MORE)
        _kpis(con)
        _feeds(con, settings)
        _restatements(con)
    _releases(settings)
    _briefs(settings)
    _graph(settings)
    write_runs_page(settings)
    _quality(settings)
    return settings


def _history() -> list[Cell]:
    """Two years of a rate with a gap, an open month and a hostile unit."""
    starts = [start for start in sorted(months()) if start < BEFORE]
    cells = [Cell("grid.on_time_rate", 900 + 3 * n, 1000, start) for n, start in enumerate(starts) if n % 7]
    return [*cells, Cell("hotline.on_time_rate", 40, 50, area="2102X9", level="region")]


def _kpis(con: DuckDBPyConnection) -> None:
    """A KPI by season beside the monthly ones."""
    con.execute(
        "INSERT INTO meta.kpi_dictionary SELECT * REPLACE ('heating.season_yoy' AS kpi_code, 'T06' AS kpi_id, "
        "'供热诉求季度同比' AS name_zh, 'Heating complaints, season on season' AS name_en, 'change' AS unit, "
        "'down' AS direction, NULL AS target, 'fct_kpi_season' AS table_name) "
        "FROM meta.kpi_dictionary WHERE kpi_code = 'heating.room_compliance_rate'"
    )
    insert(con, "marts.fct_kpi_season", [
        ["heating.season_yoy", "city_heating", "2025-26", "2025-11-05", "city", "210200", "raw", AS_OF, 5100, 5900,
         "-0.13559322", "ok", True],
        ["heating.season_yoy", "city_heating", "2025-26", "2025-11-05", "region", "210202", "raw", AS_OF, 410, 500,
         "-0.18", "ok", True],
    ])  # fmt: skip


def _feeds(con: DuckDBPyConnection, settings: Settings) -> None:
    """All feeds came but one; one is late, one misses a day, one waits for its month."""
    feeds = [feed for feed in load_contracts(settings) if feed != "heating_coal_stock"]
    rows = [[feed, "landed", 1000, 960, 15, 25, AS_OF, "2026-01-31"] for feed in feeds]
    insert(con, "meta.delivery", [*rows, ["hotline_city", "refused", 0, 0, 0, 0, AS_OF, None]])
    due = [
        ["hotline_city", "daily", f"2026-01-{day:02}", f"2026-01-{day:02}", day == 30, day == 12, False]
        for day in range(1, 32)
    ]
    due += [["hotline_call", "daily", "2026-01-31", "2026-01-31", False, True, False]]
    due += [["safety_public_security_month", "monthly", "2026-01-01", "2026-01-31", True, False, True]]
    insert(con, "marts.fct_feed_due", due)


def _restatements(con: DuckDBPyConnection) -> None:
    insert(con, "marts.fct_kpi_restatement", [
        ["quality.restatement_rate", None, "2026-01-05 06:00:00", 240, 1, "0.0100", 240, "0.00004167"],
        ["quality.restatement_rate", "hotline.on_time_rate", "2026-01-05 06:00:00", 24, 1, "0.0100", 24, "0.00041667"],
    ])  # fmt: skip


def _releases(settings: Settings) -> None:
    """The served release and the one before it, in which one rule had an older version and nothing was compared."""
    served = settings.serving / "governance.duckdb"
    settings.releases.mkdir()
    for release_id, published in ((RELEASE, AS_OF), (EARLIER, datetime(2026, 1, 5, 6, 30))):
        shutil.copyfile(served, settings.releases / f"{release_id}.duckdb")
        moment = published.isoformat()
        write_manifest(settings, Manifest(release_id, moment, moment, 41, 41, {"marts.fct_kpi_value": [1, "x"]}, {}))  # type: ignore[dict-item]
    with connect(settings.releases / f"{EARLIER}.duckdb", settings=settings) as con:
        con.execute("DELETE FROM marts.fct_kpi_restatement")
        con.execute("UPDATE meta.kpi_dictionary SET method_version = '0' WHERE kpi_code = 'hotline.on_time_rate'")
    write_file(settings.serving / "current.json", json.dumps({"release_id": RELEASE}).encode(), "test")
    request = {"number": 1, "first_date": "2025-03-01", "last_date": "2025-03-02", "feeds": ["hotline_city"]}
    asked = json.dumps({**request, "asked_at": "2026-02-01 09:00:00"}).encode()
    write_file(settings.recompute / "00000001.json", asked, "test")


def _briefs(settings: Settings) -> None:
    districts = list(REGIONS)[:2]
    issue(settings, _draft(settings, "monthly", f"{PERIOD:%Y-%m}", ["", *districts], ("html", "pdf", "xlsx")))
    issue(settings, _draft(settings, "monthly", f"{BEFORE:%Y-%m}", [""], ("html", "pdf")))
    issue(settings, _draft(settings, "weekly", "2026-W04", [""], ("pdf",)))
    _draft(settings, "quarterly", "2025-Q4", [""], ("html",))
    mark_stale(
        settings,
        Stale(
            "daily", "2026-02-05", AS_OF.isoformat(), AS_OF.isoformat(), "数据还没有送达。", "the data have not come."
        ),
    )


def _draft(settings: Settings, kind: Kind, period: str, areas: list[str], formats: tuple[str, ...]) -> Draft:
    files = []
    for area, language, suffix in product(areas, LANGUAGES, formats):
        stem = f"brief_{period}" if kind == "monthly" else f"brief_{kind}_{period}"
        files.append("/".join(filter(None, [RELEASE, area, f"{stem}_{language}.{suffix}"])))
        is_real = suffix == "html" and not area
        page = html.page(payload(sample(), language)) if is_real else f"{kind} {period}".encode()
        write_file(settings.briefs / files[-1], page, "test")
    draft = Draft(kind, period, RELEASE, AS_OF.isoformat(), 41, 41, 31, 31, tuple(files))
    return keep_draft(settings, draft)


def _graph(settings: Settings) -> None:
    """dbt's picture of three models, as far as its page and the lineage read it, and of a dashboard that reads one."""
    source = "source.citypulse.landing.hotline_city"
    order = [source, *(f"model.citypulse.{name}" for name in MODELS)]
    nodes = {
        f"model.citypulse.{name}": _model(name, layer, before, sql)
        for before, (name, (layer, sql)) in zip(order, MODELS.items(), strict=False)
    }
    contract = load_contracts(settings)["hotline_city"]
    landing = {c.name: {"description": f"{c.meaning_zh} / {c.meaning_en}"} for c in contract.columns if c.is_kept}
    landing["batch_seq"] = {"description": "交付次序 / order of the delivery"}
    dashboard = {
        "name": "overview", "label": "指标总览 / KPI overview", "unique_id": "exposure.citypulse.overview",
        "resource_type": "exposure", "type": "dashboard", "fqn": ["citypulse", "overview"], "owner": {}, "tags": [],
        "depends_on": {"nodes": [order[-1]]}, "package_name": "citypulse", "meta": {},
    }  # fmt: skip
    graph = {
        "metadata": {"project_name": "citypulse", "generated_at": datetime.now().isoformat(), "adapter_type": "duckdb"},
        "nodes": nodes,
        "sources": {source: {**_model("hotline_city", "sources"), "resource_type": "source", "unique_id": source,
                             "schema": "landing", "source_name": "landing", "identifier": "hotline_city", "loader": "",
                             "source_description": "", "columns": landing}},
        "docs": {"doc.dbt.__overview__": OVERVIEW},
        "macros": {}, "exposures": {"exposure.citypulse.overview": dashboard}, "metrics": {}, "groups": {},
        "unit_tests": {}, "semantic_models": {}, "saved_queries": {}, "disabled": {}, "selectors": {},
        "parent_map": {node: [before] if before else [] for before, node in zip([None, *order], order, strict=False)},
        "child_map": {node: [after] if after else [] for node, after in zip(order, [*order[1:], None], strict=False)},
    }  # fmt: skip
    write_file(settings.warehouse / "dbt_target" / "manifest.json", json.dumps(graph).encode(), "test")


def _model(name: str, layer: str, before: str = "", sql: str = "select 1 as one") -> dict[str, Any]:
    said = {
        "numerator": "分子 / numerator",
        "value": "数值 / value",
        "caller_token": "来电号码令牌 / token of the caller",
    }
    return {
        "name": name, "alias": name, "resource_type": "model", "package_name": "citypulse",
        "schema": "staging" if layer == "staging" else "marts",
        "database": "governance", "unique_id": f"model.citypulse.{name}", "fqn": ["citypulse", layer, name],
        "original_file_path": f"models/{layer}/{name}.sql", "path": f"{layer}/{name}.sql", "tags": [], "meta": {},
        "description": f"{name}的行 / Rows of {name}",
        "depends_on": {"nodes": [before] if before else [], "macros": []},
        "columns": {column: {"name": column, "description": text} for column, text in said.items()},
        "config": {"materialized": "table", "enabled": True}, "raw_code": sql, "compiled_code": sql, "language": "sql",
        "refs": [], "sources": [], "docs": {"show": True}, "access": "protected", "compiled_path": f"{name}.sql",
    }  # fmt: skip


def _quality(settings: Settings) -> None:
    """The quality page of a run without any check: its frame is what the site leads to."""
    import expectations

    template = Path(str(expectations.__file__)).parent / "templates" / "quality.html"
    build = BuildInfo(AS_OF, "c0de", "d1gest", is_synthetic=True)
    nothing: dict[str, Any] = {"outcomes": [], "failed": [], "suites": [], "runs": [], "feeds": [], "rules_zh": {}}
    write_page(settings.site / "quality.html", template, build=build, checked_at=AS_OF, blocked=False, **nothing)
