"""Briefs of all kinds in both languages, from an invented release and invented rows of every table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reporting import snapshot
from reporting.brief import LANGUAGES, Language
from reporting.compose import compose
from reporting.gather import gather
from reporting.period import KINDS, Kind
from reporting.pictures import read_ground
from tests.brief_fixture import full_days, full_month, make_release
from tests.reporting.invented_tables import invented_tables

PERIODS: dict[Kind, str] = {
    "daily": "2026-01-31",
    "weekly": "2026-W04",
    "monthly": "2026-01",
    "quarterly": "2025-Q4",
    "season": "2025-26",
}


def invented_briefs(folder: Path) -> Iterator[tuple[Kind, Language, dict[str, Any]]]:
    """Kind, language and payload; the release is made in `folder`."""
    settings = make_release(folder, [*full_month(), *full_days()])
    ground = read_ground(settings)
    for kind in KINDS:
        with snapshot._release(settings) as con:
            figures = gather(con, kind, PERIODS[kind])
        brief = compose(figures, invented_tables(figures), ground)
        for language in LANGUAGES:
            yield kind, language, snapshot.payload(brief, language, kind)
