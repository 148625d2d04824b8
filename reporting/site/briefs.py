"""The briefs that were issued, found by their state files; a draft or a rejected one is not for readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ingestion.errors import CitypulseError
from ingestion.settings import Settings
from reporting import format
from reporting.brief import LANGUAGES, Language, Text
from reporting.period import KINDS, Kind, Period, Season, named
from reporting.words import join, same
from reporting.words_of_kind import OF

FORMATS = {
    "html": Text("网页", "Web page"),
    "pdf": Text("PDF", "PDF"),
    "docx": Text("Word", "Word"),
    "xlsx": Text("数据表", "Data pack"),
    "png": Text("图片", "Picture"),
}
Files = dict[tuple[Language, str], str]  # language and format: path below the home


@dataclass(frozen=True)
class Issued:
    """One issued brief of one area; `area_code` is empty for the city."""

    kind: Kind
    period: Period
    area_code: str
    release_id: str
    data_as_of: str
    checks_passed: int
    checks_total: int
    files: Files = field(hash=False)

    @property
    def title(self) -> Text:
        return title_of(self.kind)

    @property
    def when(self) -> Text:
        """The period as people call it; a daily brief is called by its last day."""
        if self.kind == "season":
            return join("{s}采暖季", "Heating season {s}", s=same(self.period.name))
        if self.kind == "quarterly":
            year, number = self.period.start.year, (self.period.end.month + 2) // 3
            return Text(f"{year}年第{'一二三四'[number - 1]}季度", f"Q{number} {year}")
        return format.day(self.period.end) if self.kind == "daily" else format.period(self.period)


def title_of(kind: Kind) -> Text:
    """The name of a kind as a heading."""
    title = OF[kind].title
    return Text(title.zh, title.en[:1].upper() + title.en[1:])


def issued_briefs(settings: Settings, areas: Mapping[str, Text], seasons: list[Season]) -> list[Issued]:
    """Newest first by the end of their period; of a period issued more than once the newest release comes first."""
    found: list[Issued] = []
    for path in sorted(settings.briefs.glob("*/state_*.json")):
        found += _read(settings, path, areas, seasons)
    order = {kind: place for place, kind in enumerate(KINDS)}
    found.sort(key=lambda brief: (order[brief.kind], brief.area_code))
    found.sort(key=lambda brief: (brief.period.end, brief.data_as_of, brief.release_id), reverse=True)
    return found


def newest_of_period(briefs: Iterable[Issued]) -> list[Issued]:
    """One brief for each kind, period and area."""
    seen: dict[tuple[str, str, str], Issued] = {}
    for brief in briefs:
        seen.setdefault((brief.kind, brief.period.name, brief.area_code), brief)
    return list(seen.values())


def _read(settings: Settings, path: Path, areas: Mapping[str, Text], seasons: list[Season]) -> Iterator[Issued]:
    """The briefs a state file tells of, the city's and those of districts; a damaged one tells of nothing."""
    try:
        state: dict[str, Any] = json.loads(path.read_bytes())
        period = named(state["kind"], state["period"], seasons)
    except (CitypulseError, ValueError, KeyError, TypeError):
        return
    if state.get("state") != "issued":
        return
    by_area: dict[str, Files] = {}
    for name in state["files"]:
        if (place := _place(name, areas)) and (settings.briefs / name).is_file():
            area, language, suffix = place
            by_area.setdefault(area or state.get("area", ""), {})[language, suffix] = f"briefs/{name}"
    for area, files in by_area.items():
        yield Issued(
            state["kind"],
            period,
            "" if areas.get(area) is None else area,
            state["release_id"],
            state["data_as_of"],
            state["checks_passed"],
            state["checks_total"],
            files,
        )


def _place(name: str, areas: Mapping[str, Text]) -> tuple[str, Language, str] | None:
    """Area, language and format by a name such as `brief_2026-01_210202_zh.pdf` or `210202/brief_2026-01_zh.pdf`."""
    path = PurePosixPath(name)
    *stem, last = path.stem.split("_")
    language = next((known for known in LANGUAGES if known == last), None)
    suffix = path.suffix.removeprefix(".")
    if language is None or suffix not in FORMATS:
        return None
    area = next((part for part in (*stem, *path.parts[1:-1]) if part in areas), "")
    return area, language, suffix
