"""Privacy in print: small counts of sensitive classes are withheld, and with them what would give them away.

Decided once for all areas and levels of a period, before anything is formatted: first what is 1 to 4, then as many
others as reporting/withholding.py asks for. A figure or a row is withheld as a whole, with all that rests on it. Only
what was left out of a figure may be withheld by itself: one case without a base must not cost the city its total.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from reporting import words
from reporting.figures import HIDDEN, Figure
from reporting.withholding import Counts, Key, withheld

WITHHELD = words.STATUS[HIDDEN]
SHARES = ("rate", "share")

Row = dict[str, Any]


def suppress(
    figures: Sequence[Figure],
    parents: Mapping[str, str],
    sensitive: Mapping[str, str],
    also: Collection[Key] = frozenset(),
) -> list[Figure]:
    """The figures with nothing left that tells a count of 1 to 4 of a sensitive KPI.

    `figures` are those of all areas and levels, and of every span that is compared; not those of one page. `parents`
    names the area above each, `sensitive` the unit of each sensitive KPI. `also` is withheld in any case: what the
    tables of the brief withhold, or the briefs of the months of a quarter.
    """
    counted = [Counts(key_of(f), numbers(f, sensitive[f.kpi_code])) for f in figures if f.kpi_code in sensitive]
    whole = withheld(counted, parents, also)
    rest = [Counts(_rest(key_of(f)), left_out(f)) for f in figures if f.kpi_code in sensitive]
    parts = withheld(rest, parents, {*map(_rest, whole), *also})
    return [blanked(f) if key_of(f) in whole else without_rest(f) if _rest(key_of(f)) in parts else f for f in figures]


def withheld_of(figures: Iterable[Figure], span: date | None = None) -> frozenset[Key]:
    """What is withheld in these figures; given the first day of a quarter, what its figures must withhold for them."""
    found = {key_of(f) for f in figures if f.status == HIDDEN} | {_rest(key_of(f)) for f in figures if f.hides_rest}
    return frozenset(key._replace(span=span.isoformat()) if span else key for key in found)


def key_of(figure: Figure) -> Key:
    return Key(figure.kpi_code, figure.period_start.isoformat(), figure.area_code)


def _rest(key: Key) -> Key:
    """What was left out of a figure is decided by itself."""
    return key._replace(kind=f"{key.kind} left out")


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


def hide_counts(
    pages: Mapping[str, Sequence[Row]],
    columns: Mapping[str, str],
    parents: Mapping[str, str],
    *,
    span: str,
    by: str = "kpi_code",
    also: Collection[Key] = frozenset(),
) -> tuple[dict[str, list[Row]], frozenset[Key]]:
    """The rows of a table on the pages of all areas without the sensitive columns of the rows that must not be told.

    `pages` holds the rows of the table by the area of the page; a row says its area in `area_code` (without one it is a
    part of the area of its page) and its class in the column `by`. `columns` are the sensitive ones with how each is
    printed; those of a row are withheld together, so a rate or a change that rests on a count must be among them.
    Returns the rows and the keys of what is withheld.
    """
    cells = [
        Counts(_key(row, page, n, span, by), _counts(row, columns))
        for page, rows in pages.items()
        for n, row in enumerate(rows)
    ]
    cells = list({(cell.key, *cell.numbers.items()): cell for cell in cells}.values())  # a row may stand on two pages
    above = {cell.key.area: cell.key.area.partition("#")[0] for cell in cells if "#" in cell.key.area}
    chosen = withheld(cells, {**parents, **above}, also)
    hidden = {
        page: [_blank(row, columns) if _key(row, page, n, span, by) in chosen else row for n, row in enumerate(rows)]
        for page, rows in pages.items()
    }
    return hidden, chosen


def _key(row: Row, page: str, place: int, span: str, by: str) -> Key:
    return Key(str(row.get(by, "")), span, str(row.get("area_code") or f"{page}#{place}"))


def _counts(row: Row, columns: Mapping[str, str]) -> dict[str, Decimal]:
    """What adds up: counts, and both parts of a basis with what is between them; not rates and changes."""
    found = {column: row[column] for column, printed_as in columns.items() if printed_as == "count"}
    for column, printed_as in columns.items():
        if printed_as == "basis":
            part, whole = row[f"{column}_num"], row[f"{column}_den"]
            found |= {f"{column}_num": part, f"{column}_den": whole}
            found[f"{column}_rest"] = None if part is None or whole is None else whole - part
    return {name: Decimal(number) for name, number in found.items() if number is not None}


def _blank(row: Row, columns: Mapping[str, str]) -> Row:
    """Prints the reason in place of the number, as any cell without one does."""
    blank: Row = {}
    for column in columns:
        pair = {f"{column}_num": None, f"{column}_den": None}
        blank |= {column: None, **{name: None for name in pair if name in row}}
        blank |= {f"{column}_why_zh": WITHHELD.zh, f"{column}_why_en": WITHHELD.en}
    return row | blank
