"""The front door of the oracle: delivered rows in, folded cases, contributions and cells out.

docs/hotline-method.md by hand. Sections 1: events.py · 2, 3, 4, 6: cases.py over clock.py · 5: matters.py · 7: kpis.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle import events as lives_of
from tests.oracle.cases import Case, case_of
from tests.oracle.events import Feeds, last_delivered
from tests.oracle.kpis import CITY_KPIS, NONE, PROVINCE_KPIS, Contribution, Question, connect_rate
from tests.oracle.matters import cross_platform_links, matters_of, repeats_of, voices_of
from tests.oracle.seeds import Area, Seeds, in_force

CITY = "210200"


@dataclass(frozen=True)
class Hotline:
    """Everything folded; cases by `platform/case_no`, links and matters by the same ids."""

    seeds: Seeds
    as_of: dict[str, datetime]
    cases: dict[str, Case]
    repeats: dict[str, str]
    matters: dict[str, str]
    voices: dict[str, int]
    city_case: dict[str, str]
    hours: list[dict[str, Any]]

    def of(self, platform: str) -> list[Case]:
        return [case for case in self.cases.values() if case.life.platform == platform]

    @property
    def union_count(self) -> int:
        """Section 5: the union counts a linked provincial case once."""
        return len(self.cases) - len(self.city_case)


class Key(NamedTuple):
    kpi_code: str
    area_level: str
    area_code: str
    grain: str
    period_start: date


@dataclass
class Cell:
    """The working of one figure: received = counted + excluded + immature."""

    received: int = 0
    counted: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    immature: int = 0
    numerator: Decimal = NONE
    denominator: Decimal = NONE

    def add(self, row: Contribution) -> None:
        """Only what is counted enters numerator and denominator."""
        self.received += row.case_count
        if row.excluded_reason:
            self.excluded[row.excluded_reason] += row.case_count
        elif row.immature:
            self.immature += row.case_count
        else:
            self.counted += row.case_count
            self.numerator += row.hit
            self.denominator += row.base


def fold(feeds: Feeds, seeds: Seeds, as_of: dict[str, datetime] | None = None) -> Hotline:
    """Sections 1 to 6. The as-of of a platform is the latest moment its feeds speak of, unless it is given."""
    moments = {platform: lives_of.as_of(feeds, platform) for platform in ("city", "province")}
    as_of = {platform: moment for platform, moment in moments.items() if moment} | (as_of or {})
    cases = [
        case_of(life, moment, seeds)
        for platform, moment in as_of.items()
        for life in lives_of.lives(feeds, platform, seeds.event_order)
    ]
    city = [case for case in cases if case.life.platform == "city"]
    province = [case for case in cases if case.life.platform == "province"]
    matters = matters_of(city, seeds)
    return Hotline(
        seeds=seeds,
        as_of=as_of,
        cases={case.case_id: case for case in cases},
        repeats=repeats_of(city, seeds),
        matters=matters,
        voices=voices_of(matters, city),
        city_case=cross_platform_links(province, city, seeds),
        hours=list(last_delivered(feeds.calls, "hour_at").values()),
    )


def contributions(hotline: Hotline) -> list[Contribution]:
    """Section 7, row by row: what each case adds to each KPI."""
    found = [connect_rate(hour) for hour in hotline.hours]
    named = set(hotline.matters.values())
    for case in hotline.cases.values():
        question = Question(case, hotline.seeds, case.case_id in hotline.repeats, case.case_id in named)
        kpis = CITY_KPIS if case.life.platform == "city" else PROVINCE_KPIS
        found += [row for kpi in kpis for row in kpi(question)]
    return found


def areas(case: Case | None) -> Iterator[tuple[str, str]]:
    """Section 7: the areas a case counts in; a confidential one has no street in any figure."""
    yield "city", CITY
    place = case.area if case else Area()
    if place.district:
        yield "district", place.district
    if place.region:
        yield "region", place.region
    if place.street and case and not case.known("is_confidential"):
        yield "street", place.street


def period_start(day: date, grain: str) -> date:
    return day if grain == "day" else day.replace(day=1)


def cells(rows: Iterable[Contribution], hotline: Hotline) -> dict[Key, Cell]:
    """Contributions summed by KPI, area, grain and period."""
    found: dict[Key, Cell] = defaultdict(Cell)
    for row in rows:
        for level, code in areas(hotline.cases.get(row.case_id)):
            for grain in row.grains:
                found[Key(row.kpi_code, level, code, grain, period_start(row.day, grain))].add(row)
    return dict(found)


def composite_scores(found: dict[Key, Cell], seeds: Seeds) -> dict[Key, Decimal]:
    """Section 7, H08: Σ weight × rate of the weights in force when the period begins; all rates must have a base."""
    places = {key._replace(kpi_code="hotline.composite_score") for key in found}
    scores = {}
    for place in places:
        weights = {
            row["kpi_code"]: Decimal(row["weight"])
            for row in seeds.composite_weights
            if in_force(row, place.period_start)
        }
        parts = {code: found.get(place._replace(kpi_code=code), Cell()) for code in weights}
        if parts and all(part.denominator for part in parts.values()):
            scores[place] = sum(
                (weights[code] * part.numerator / part.denominator for code, part in parts.items()), NONE
            )
    return scores
