"""The ledger of published figures as people read it: its rows, its counts, and one self-contained bilingual page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from reporting.brief import Text
from reporting.html import render

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "marts.fct_published_figure"
THEMES = {
    "heating": Text("热线与供热", "Hotline and heating"),
    "mediation": Text("调解、平安、民生与任务", "Mediation, safety, livelihood, programme"),
    "grid": Text("网格、社区与能力", "Grids, communities, capacity"),
    "district": Text("各区", "Districts"),
    "external": Text("外地对照", "Elsewhere, for comparison"),
    "method": Text("用来检验公式的通报", "Bulletins that test our formulas"),
}
CLASSES = {
    "A": Text("由公布的整数得出", "follows from published whole numbers"),
    "B": Text("只公布比率，基数为选定", "only a rate was published, the base is chosen"),
    "C": Text("只说了范围", "only a range was said"),
    "D": Text("登记册计数", "count of a register"),
    "X": Text("有歧义或与别处矛盾", "ambiguous, or another source says otherwise"),
    "E": Text("外地，不计入本市", "another place, never in the totals of this city"),
    "rule": Text("规则或目标", "a rule or a target"),
}
VERDICTS = {
    "reproduced": Text("复现", "reproduced"),
    "within_interval": Text("在区间内", "within its interval"),
    "ambiguous": Text("口径待确认", "ambiguous"),
    "contradictory": Text("与别处矛盾", "contradictory"),
    "external": Text("外地", "external"),
    "rule": Text("规则", "rule"),
    "not_measured": Text("本库无此时段数据", "no data of that time"),
    "not_reproduced": Text("未复现", "not reproduced"),
}


@dataclass(frozen=True)
class Entry:
    """One figure, or one reading of it, with its working and what came of it."""

    figure_id: str
    theme: str
    figure_class: str
    name_zh: str
    name_en: str
    quote: str
    value_written: str
    value_en: str
    area_name: str | None
    as_of: date | None
    source: str
    formula_zh: str
    formula_en: str
    measure: str
    measured_text: str | None
    is_truncated: bool
    is_delivered: bool
    expectation: str
    verdict: str
    working_zh: str
    working_en: str
    other_figure: str | None
    note_zh: str | None
    note_en: str | None


def has_ledger(connection: DuckDBPyConnection) -> bool:
    """Whether the file holds a ledger of its own city.

    A release from before the ledger has none; a city that brings no figures of its own does not show another city's.
    """
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_schema = 'marts' AND table_name = 'fct_published_figure'"
    ).fetchone()
    if not (found and found[0]):
        return False
    own = connection.execute(
        f"SELECT count(*) FROM {TABLE} SEMI JOIN marts.dim_area USING (area_code) WHERE figure_class <> 'E'"
    ).fetchone()
    return bool(own and own[0])


def read_entries(connection: DuckDBPyConnection) -> list[Entry]:
    """All rows of the ledger, by theme as the page has them, then by number."""
    names = ", ".join(field.name for field in fields(Entry))
    order = " ".join(f"WHEN '{theme}' THEN {place}" for place, theme in enumerate(THEMES))
    rows = connection.execute(
        f"SELECT {names} FROM {TABLE} ORDER BY CASE theme {order} END, figure_no, length(part), figure_id"
    ).fetchall()
    return [Entry(*row) for row in rows]


def tally(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """How many of each class have which verdict, in the order of the words above."""
    counts = Counter((entry.figure_class, entry.verdict) for entry in entries)
    return {
        kind: {verdict: counts[kind, verdict] for verdict in VERDICTS if counts[kind, verdict]}
        for kind in CLASSES
        if any(counts[kind, verdict] for verdict in VERDICTS)
    }


def page(entries: list[Entry], *, title: Text, is_synthetic: bool, home: str = "") -> bytes:
    """The whole ledger as one HTML file that asks nothing from anywhere; `home` is the way back, where there is one."""
    return render(
        "ledger.html.j2",
        title=title,
        is_synthetic=is_synthetic,
        home=home,
        entries=entries,
        themes=[(name, text, [e for e in entries if e.theme == name]) for name, text in THEMES.items()],
        classes=CLASSES,
        verdicts=VERDICTS,
        tally=tally(entries),
        failed=[entry for entry in entries if entry.verdict == "not_reproduced"],
    )
