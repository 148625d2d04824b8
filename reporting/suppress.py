"""Privacy in print: small counts of sensitive classes are withheld, and with them what would give them away.

Decided once for all areas and levels of a period, before anything is formatted: first what is 1 to 4, then as many
others as reporting/withholding.py asks for. A figure or a row is withheld as a whole, with all that rests on it. Only
what was left out of a figure may be withheld by itself: one case without a base must not cost the city its total.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reporting import words
from reporting.figures import HIDDEN, Figure
from reporting.withholding import Counts, Key, withheld

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WITHHELD = words.STATUS[HIDDEN]
SHARES = ("rate", "share")
LEFT_OUT = " left out"
# A score with printed decimals and known weights tells a class of which it is made once the others are printed.
MADE_OF = {"safety.peace_index": ("safety.crime_yoy", "safety.order_yoy")}
YARDSTICK_MONTHS = 12  # a score is measured by what the city counted in so many months before
KNOWS_SENSITIVE = """
SELECT count(*) FROM duckdb_columns()
WHERE schema_name = 'meta' AND table_name = 'kpi_dictionary' AND column_name = 'is_sensitive'"""
SENSITIVE = "SELECT kpi_code, unit FROM meta.kpi_dictionary WHERE {rule} ORDER BY kpi_code"


def sensitive_kpis(con: DuckDBPyConnection) -> dict[str, str]:
    """The sensitive KPIs of a release with their units; in one that does not say, all counts of public security."""
    knows = con.execute(KNOWS_SENSITIVE).fetchone() != (0,)
    return dict(con.execute(SENSITIVE.format(rule="is_sensitive" if knows else "kpi_id = 'S02'")).fetchall())


def suppress(
    figures: Sequence[Figure],
    parents: Mapping[str, str],
    sensitive: Mapping[str, str],
    also: Collection[Key] = frozenset(),
) -> list[Figure]:
    """The figures with nothing left that tells a count of 1 to 4 of a sensitive KPI.

    `figures` are those of all areas and levels, and of every span that is compared; not those of one page. `parents`
    names the area above each, `sensitive` the unit of each sensitive KPI. `also` is withheld in any case: what the
    tables of the brief withhold, or the briefs of the months of a quarter. A score that is made of sensitive KPIs adds
    up to nothing: it stands where all of them stand.
    """
    counts = [f for f in figures if f.kpi_code in sensitive and f.kpi_code not in MADE_OF]
    whole = withheld([Counts(key_of(f), numbers(f, sensitive[f.kpi_code])) for f in counts], parents, also)
    rest = [Counts(_rest(key_of(f)), left_out(f)) for f in counts]
    parts = withheld(rest, parents, {*map(_rest, whole), *also})
    shown = {key_of(f) for f in figures if key_of(f) not in whole and _rest(key_of(f)) not in parts}
    known = {key_of(f) for f in counts}
    whole |= {key_of(f) for f in figures if f.kpi_code in MADE_OF and not _may_tell(f, shown, known, parents)}
    return [blanked(f) if key_of(f) in whole else without_rest(f) if _rest(key_of(f)) in parts else f for f in figures]


def withheld_of(figures: Iterable[Figure], span: date | None = None) -> frozenset[Key]:
    """What is withheld in these figures; given the first day of a quarter, what its figures must withhold for them."""
    found = {key_of(f) for f in figures if f.status == HIDDEN} | {_rest(key_of(f)) for f in figures if f.hides_rest}
    return frozenset(key._replace(span=span.isoformat()) if span else key for key in found)


def key_of(figure: Figure) -> Key:
    return Key(figure.kpi_code, figure.period_start.isoformat(), figure.area_code)


def _rest(key: Key) -> Key:
    """What was left out of a figure is decided by itself."""
    return key._replace(kind=f"{key.kind}{LEFT_OUT}")


def _may_tell(score: Figure, shown: Collection[Key], known: Collection[Key], parents: Mapping[str, str]) -> bool:
    """Whether a score tells nothing: its parts are printed whole, and so is its yardstick wherever there is one."""
    key, top = key_of(score), score.area_code
    while top in parents:
        top = parents[top]
    parts = [key._replace(kind=kind) for kind in MADE_OF[score.kpi_code]]
    before = [Key(part.kind, start.isoformat(), top) for part in parts for start in _months_before(score.period_start)]
    return all(part in shown for part in parts) and not any(part in known and part not in shown for part in before)


def _months_before(start: date) -> Iterator[date]:
    for back in range(1, YARDSTICK_MONTHS + 1):
        years, month = divmod(start.year * 12 + start.month - 1 - back, 12)
        yield date(years, month + 1, 1)


def numbers(figure: Figure, unit: str) -> dict[str, Decimal]:
    """What a figure is made of: counts that add up over areas and are independent of each other."""
    if unit == "change":
        found = {"now": figure.numerator + figure.denominator, "base": figure.denominator}
    elif unit == "count":
        found = {"now": figure.numerator}
    elif unit in SHARES:
        found = {"hit": figure.numerator, "missed": figure.denominator - figure.numerator}
    else:
        found = {"now": figure.numerator, "base": figure.denominator}
    return found | {"counted": Decimal(figure.counted)}


def left_out(figure: Figure) -> dict[str, Decimal]:
    """What was received and is no part of the figure, by reason; likewise independent counts."""
    reasons: dict[str, int] = json.loads(figure.excluded_by or "{}")
    rest = {"immature": figure.immature, "open": figure.open_not_due, "other": figure.excluded - sum(reasons.values())}
    return {name: Decimal(number) for name, number in {**rest, **reasons}.items()}


def blanked(figure: Figure) -> Figure:
    """Nothing is left but that it is withheld."""
    return replace(
        without_rest(figure),
        numerator=Decimal(0),
        denominator=Decimal(0),
        value=None,
        received=0,
        counted=0,
        status=HIDDEN,
        is_rankable=False,
        low=None,
        high=None,
    )


def without_rest(figure: Figure) -> Figure:
    """The figure without what was left out of it, and without the total that would tell it."""
    return replace(
        figure, received=figure.counted, excluded=0, immature=0, excluded_by="{}", open_not_due=0, hides_rest=True
    )
