"""Tables with sensitive columns: which rows are withheld, decided once for the pages of all areas.

A row says what it counts by columns that its SQL may give: `area_code` (else the area of its page), `group_code` for a
list that adds up by itself, `class_code` for the kind that is counted, `is_sensitive` (else true), `is_total` for the
row that the other kinds of its group and area add up to, and `in_total` where that sum is printed elsewhere. A row with
`instead` counts several kinds of its group as one: it stands for all of them where they cannot cover each other.

The difference of two columns is a number as well where one counts a part of the other: found, not closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations
from typing import Any

from reporting.suppress import WITHHELD
from reporting.withholding import ENOUGH, LEAST, Counts, Key, is_small, withheld

Row = dict[str, Any]
Numbers = dict[str, Decimal]
Pair = tuple[str, str]
DESCRIBES = ("name", "text", "code", "date")  # ways of printing that tell no count


@dataclass
class Group:
    """The numbers of one list that adds up, by kind and area."""

    kinds: dict[str, dict[str, Numbers]] = field(default_factory=lambda: defaultdict(dict))
    sensitive: set[str] = field(default_factory=set)
    totals: set[str] = field(default_factory=set)
    has_instead: bool = False


def hide_counts(
    pages: Mapping[str, Sequence[Row]],
    styles: Mapping[str, str],
    sensitive: Collection[str],
    parents: Mapping[str, str],
    *,
    span: str,
    also: Collection[Key] = frozenset(),
) -> tuple[dict[str, list[Row]], frozenset[Key]]:
    """The rows of one table by page, those that must not be told without their numbers; and the keys of these.

    `styles` says how each column is printed, `sensitive` names those that count what is sensitive, `also` is withheld
    in any case. All numbers of a row are withheld together, for rates and changes rest on its counts.
    """
    hidden: set[tuple[str, str, str]] = set()
    keys: set[Key] = set()
    as_one: set[str] = set()
    for name, group in _groups(pages, {column: styles[column] for column in sensitive}).items():
        cells = [Counts(Key(name, span, area), numbers) for area, numbers in _by_area(group).items()]
        chosen = withheld(cells, parents, also)
        areas = {key.area for key in chosen}
        kinds = _kinds(group, areas)
        if kinds is None and group.has_instead:
            as_one.add(name)
        kinds = kinds if kinds is not None else group.kinds.keys() | group.totals
        hidden |= {(name, kind, area) for kind in kinds for area in areas}
        keys |= chosen
    shown = {
        page: [
            _blank(row, styles) if _place(row, page) in hidden else row
            for row in rows
            if bool(row.get("instead")) == (_place(row, page)[0] in as_one)
        ]
        for page, rows in pages.items()
    }
    return shown, frozenset(keys)


def _place(row: Row, page: str) -> tuple[str, str, str]:
    return str(row.get("group_code", "")), str(row.get("class_code", "")), str(row.get("area_code", page))


def _groups(pages: Mapping[str, Sequence[Row]], styles: Mapping[str, str]) -> dict[str, Group]:
    groups: dict[str, Group] = defaultdict(Group)
    nested = _nested([_numbers(row, styles) for rows in pages.values() for row in rows])
    for page, rows in pages.items():
        for row in rows:
            name, kind, area = _place(row, page)
            group = groups[name]
            if row.get("instead"):
                group.has_instead = True
                continue
            if row.get("is_total"):
                group.totals.add(kind)
                continue
            group.totals |= {""} if row.get("in_total") else set()
            numbers = _with_differences(_numbers(row, styles), nested)
            if group.kinds[kind].setdefault(area, numbers) != numbers:
                raise ValueError(f"two rows of {kind!r} in {area}: name their area_code and class_code in the SQL")
            group.sensitive |= {kind} if row.get("is_sensitive", True) else set()
    return groups


def _numbers(row: Row, styles: Mapping[str, str]) -> Numbers:
    """What adds up: counts and both numbers of a basis; not rates and changes."""
    found = {column: row[column] for column, printed_as in styles.items() if printed_as == "count"}
    for column, printed_as in styles.items():
        if printed_as == "basis":
            found |= {name: row[name] for name in (f"{column}_num", f"{column}_den")}
    return {name: Decimal(number) for name, number in found.items() if number is not None}


def _nested(rows: Sequence[Numbers]) -> list[Pair]:
    """The pairs of which the first exceeds the second in no row of the table.

    Read from the rows, so that nobody can forget to declare one: at worst a chance order withholds more.
    """
    names = sorted({name for row in rows for name in row})
    return [
        (part, whole)
        for part, whole in permutations(names, 2)
        if all(row[part] <= row[whole] for row in rows if part in row and whole in row)
    ]


def _with_differences(numbers: Numbers, nested: Sequence[Pair]) -> Numbers:
    found = [(part, whole) for part, whole in nested if part in numbers and whole in numbers]
    return numbers | {f"{whole} - {part}": numbers[whole] - numbers[part] for part, whole in found}


def _by_area(group: Group) -> dict[str, Numbers]:
    """The sensitive kinds of each area together: they are withheld in the same areas, as a block."""
    areas: dict[str, Numbers] = defaultdict(dict)
    for kind in group.sensitive:
        for area, numbers in group.kinds[kind].items():
            areas[area] |= {f"{kind} {name}": number for name, number in numbers.items()}
    return areas


def _kinds(group: Group, areas: Collection[str]) -> set[str] | None:
    """The kinds to withhold in these areas: the sensitive ones, and where a total stands beside them those that cover.

    Within a block of kinds and areas any move of one kind can be undone in another, so it is enough that in each area
    some other kind of the block is large enough to give what a small count needs to become 5. None where there is no
    such kind: the total itself is small.
    """
    chosen = set(group.sensitive)
    if not group.totals or not areas:
        return chosen
    needs = _needs(group, areas)
    while open_needs := [need for need in needs if not any(_covers(group, kind, need) for kind in chosen)]:
        others = sorted(group.kinds.keys() - chosen)
        if not others:
            return None
        chosen.add(
            max(others, key=lambda kind: (sum(_covers(group, kind, n) for n in open_needs), -_size(group, kind)))
        )
    return chosen


Need = tuple[str, str, str, Decimal]


def _needs(group: Group, areas: Collection[str]) -> list[Need]:
    """Kind, area and name of each withheld number, with what another kind must be able to give."""
    return [
        (kind, area, name, ENOUGH - number if is_small(number) else Decimal(1))
        for kind in sorted(group.sensitive)
        for area in sorted(areas)
        for name, number in group.kinds[kind].get(area, {}).items()
        if number
    ]


def _covers(group: Group, other: str, need: Need) -> bool:
    kind, area, name, wanted = need
    return other != kind and group.kinds[other].get(area, {}).get(name, Decimal(0)) >= wanted + LEAST


def _size(group: Group, kind: str) -> Decimal:
    return sum((number for numbers in group.kinds[kind].values() for number in numbers.values()), Decimal(0))


def _blank(row: Row, styles: Mapping[str, str]) -> Row:
    """Prints the reason in place of each number, as any cell without one does."""
    blank: Row = {}
    for column in (column for column, printed_as in styles.items() if printed_as not in DESCRIBES):
        blank |= {name: None for name in (column, f"{column}_num", f"{column}_den") if name in row}
        blank |= {f"{column}_why_zh": WITHHELD.zh, f"{column}_why_en": WITHHELD.en}
    return row | blank
