"""The KPI dictionary as MetricFlow metrics: `dbt_project/models/kpi/_metrics.yml`, which nobody writes by hand.

Here each KPI is defined a second time: which measures of `_semantic_models.yml`, of which rows. Names, meanings and
units come from `seeds/kpi_dictionary.csv`, the rows from `metric_source.csv`, which also says why a KPI is no metric.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

HEADER = (
    "# Derived from seeds/kpi_dictionary.csv and metric_source.csv by `citypulse contracts sync`: "
    "change those, not this file.\n"
)
Row = Mapping[str, str]


@dataclass(frozen=True)
class Rows:
    """Rows that a KPI is measured over: the measures above and below the line, and which rows are its own."""

    numerator: str
    denominator: str | None
    own: str


CASE = "{{{{ Dimension('hotline_case__kpi_code') }}}} = '{code}'"
CONTRIBUTION = "{{{{ Dimension('contribution__kpi_code') }}}} = '{code}'"
FIGURE = "{{{{ Dimension('published_figure__figure_class') }}}} in ('A', 'B', 'C', 'D')"
ROWS = {
    "case": Rows("case_hits", "case_bases", CASE),
    "case_month": Rows("case_hits_of_month", "case_bases_of_month", CASE),
    "day": Rows("numerator", "denominator", CONTRIBUTION),
    "month": Rows("numerator_of_month", "denominator_of_month", CONTRIBUTION),
    "last_day": Rows("count_of_last_day", None, CONTRIBUTION),
    "last_month": Rows("numerator_of_last_month", "denominator_of_last_month", CONTRIBUTION),
    "last_month_count": Rows("count_of_last_month", None, CONTRIBUTION),
    "station": Rows("stations_heard", "stations", ""),
    "figure": Rows("figures_reproduced", "figures_measured", FIGURE),
}


def metric_name(kpi_code: str) -> str:
    """`hotline.on_time_rate` is `hotline_on_time_rate`."""
    return kpi_code.replace(".", "_")


def metrics_text(dictionary: Iterable[Row], sources: Iterable[Row]) -> str:
    """The text of `_metrics.yml`. Raises KeyError where a row of the sources is of no KPI, or names unknown rows."""
    kpis = {row["kpi_code"]: row for row in dictionary}
    metrics = [_metric(kpis[source["kpi_code"]], source["rows"]) for source in sources if source["rows"]]
    content = {"version": 2, "metrics": metrics}
    return HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def _metric(kpi: Row, rows: str) -> dict[str, Any]:
    measured = ROWS[rows]
    metric = {
        "name": metric_name(kpi["kpi_code"]),
        "label": f"{kpi['name_zh']} / {kpi['name_en']}",
        "description": f"{kpi['formula_zh']} / {kpi['formula_en']}",
        **_type(kpi, measured),
    }
    if measured.own:
        metric["filter"] = measured.own.format(code=kpi["kpi_code"])
    said = ("kpi_code", "kpi_id", "unit", "direction", "over_time", "method_version")
    return metric | {"config": {"meta": {name: kpi[name] for name in said}}}


def _type(kpi: Row, measured: Rows) -> dict[str, Any]:
    """A count stands alone; every other figure is a sum over another, and NULL where that is nothing."""
    if kpi["unit"] == "count":
        return {"type": "simple", "type_params": {"measure": measured.numerator}}
    parts = {"numerator": measured.numerator, "denominator": measured.denominator}
    return {"type": "ratio", "type_params": parts}
