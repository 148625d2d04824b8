"""Who reads the public marts, as dbt exposures: derived from what each reader itself says it reads.

A brief reads what its tables name under `reads` and what the modules of `reporting` select; the site what its own
modules select; the dashboard what its datasets, the workbook what its sheets select. The served file and the push hold
every public table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingestion.settings import PROJECT_ROOT
from reporting.contents import contents_of
from reporting.period import KINDS, Kind
from reporting.table_spec import table_spec
from reporting.words_of_kind import OF

HEADER = "# Derived from what each of them reads by `citypulse contracts sync`: change those, not this file.\n"
TABLE = re.compile(r"\b(?:marts|meta|dq)\.[a-z][a-z0-9_]*")
PUBLIC = "\n    access: public\n"
PLACED = re.compile(r"schema='(\w+)', alias='(\w+)'")
REPORTING = PROJECT_ROOT / "reporting"
LEDGER = REPORTING / "ledger.py"  # of published figures: a document of its own, in no brief
DASHBOARD = PROJECT_ROOT / "docs" / "bi" / "superset" / "assets" / "datasets"
OFFICE = "市城市运行管理中心 / City operations centre"
PLATFORM = "数据平台组 / Data platform team"


@dataclass(frozen=True)
class Reader:
    """One consumer of the release: who owns it, where it is found, and the page that tells of it."""

    name: str
    kind: str
    label: str
    description: str
    owner: str
    path: str
    page: str
    maturity: str = "high"


SITE = Reader(
    name="site",
    kind="application",
    label="静态网站 / Static site",
    description="指标、区域、数据源与发布的网页 / Pages of KPIs, areas, feeds and releases",
    owner=OFFICE,
    path="site/index.html",
    page="docs/operations.md",
)
SUPERSET = Reader(
    name="superset_dashboard",
    kind="dashboard",
    label="Superset看板 / Superset dashboard",
    description="指标总览、区县下钻、供热、数据新鲜度 / KPI overview, district drill-down, heating, freshness",
    owner=OFFICE,
    path="docs/bi/superset",
    page="docs/superset.md",
    maturity="medium",
)
SERVED = Reader(
    name="served_file",
    kind="application",
    label="BI用发布文件 / Served file for BI",
    description="BI工具只读打开的发布文件 / The release that BI tools open read-only",
    owner=PLATFORM,
    path="serving/governance.duckdb",
    page="docs/bi.md",
)
WORKBOOK = Reader(
    name="workbook",
    kind="application",
    label="指标数据包 / KPI workbook",
    description="供Excel、WPS使用的工作簿，小数按简报规则隐去 / For Excel and WPS, withheld as in the briefs",
    owner=PLATFORM,
    path="citypulse pack",
    page="docs/bi.md",
    maturity="medium",
)
PUSH = Reader(
    name="postgres_push",
    kind="application",
    label="推送到PostgreSQL / Push to PostgreSQL",
    description="供需要服务器的BI套件读取，默认关闭 / For BI suites that want a server; off by default",
    owner=PLATFORM,
    path="citypulse push postgres",
    page="docs/push-postgres.md",
    maturity="medium",
)


def exposures_text() -> str:
    """The text of `dbt_project/models/exposures.yml`."""
    models = public_models()
    read: list[tuple[Reader, Iterable[str]]] = [(_brief(kind), tables_of_brief(kind)) for kind in KINDS]
    read.append((SITE, _named((REPORTING / "site").glob("*.py"))))
    read.append((SUPERSET, _named(DASHBOARD.rglob("*.yaml"))))
    read.append((WORKBOOK, _named((REPORTING / "pack").glob("*.yml"))))
    read += [(SERVED, models), (PUSH, models)]
    content = {"version": 2, "exposures": [_exposure(reader, tables, models) for reader, tables in read]}
    return HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def public_models() -> dict[str, str]:
    """The model behind each public table, by the table's name in the release."""
    found = {}
    for path in sorted((PROJECT_ROOT / "dbt_project" / "models").rglob("*.yml")):
        if PUBLIC in path.read_text(encoding="utf-8"):
            placed = PLACED.search(path.with_suffix(".sql").read_text(encoding="utf-8"))
            found[".".join(placed.groups()) if placed else f"marts.{path.stem}"] = path.stem
    return found


def tables_of_brief(kind: Kind) -> set[str]:
    """What a brief of this kind reads of a release."""
    tables = {table for name in contents_of(kind).tables for table in table_spec(name).reads}
    return tables | _named(path for path in REPORTING.glob("*.py") if path != LEDGER)


def _named(files: Iterable[Path]) -> set[str]:
    return {table for path in files for table in TABLE.findall(path.read_text(encoding="utf-8"))}


def _brief(kind: Kind) -> Reader:
    title = OF[kind].title
    return Reader(
        name=f"{kind}_brief",
        kind="analysis",
        label=f"治理{title.zh} / {title.en[:1].upper()}{title.en[1:]}",
        description="PDF、Word、Excel与网页，中英文 / PDF, Word, Excel and a web page, in Chinese and in English",
        owner=OFFICE,
        path="briefs",
        page="docs/briefs.md",
    )


def _exposure(reader: Reader, tables: Iterable[str], models: dict[str, str]) -> dict[str, Any]:
    """Tables that a release adds itself (deliveries, checks, its own line) are of no model and left out."""
    return {
        "name": reader.name,
        "type": reader.kind,
        "label": reader.label,
        "description": reader.description,
        "maturity": reader.maturity,
        "owner": {"name": reader.owner},
        "depends_on": [f"ref('{models[table]}')" for table in sorted(tables) if table in models],
        "config": {"meta": {"path": reader.path, "page": reader.page}},
    }
