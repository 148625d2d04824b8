"""The KPIs of a brief as rows: value typed and as printed, its working, each change with its kind, target and light."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from reporting.brief import Brief, Card, CardGroup, Cards, Change, Text
from reporting.sheet import Field, Link, Number, Value
from reporting.words import LABELS, same
from reporting.words_of_office import HEADS

Say = Callable[[Text], str]


def groups(brief: Brief) -> Iterator[CardGroup]:
    yield from (card for _, card in _cards(brief) if isinstance(card, CardGroup))


def card_sheet(brief: Brief, say: Say, definition_at: Mapping[str, str]) -> tuple[list[Field], list[list[Value]]]:
    """One row for each card of the brief, those of a group one after the other."""
    cards = list(_singly(brief))
    changes = max((len(card.changes) for _, card in cards), default=0)
    rows = [[*map(say, place), *_row(card, say, definition_at, changes)] for place, card in cards]
    return _fields(say, changes), rows


def _cards(brief: Brief) -> Iterator[tuple[Text, Card | CardGroup]]:
    """With the title of its section."""
    for section in brief.sections:
        for block in section.blocks:
            if isinstance(block, Cards):
                yield from ((section.title, card) for card in block.cards)


def _singly(brief: Brief) -> Iterator[tuple[tuple[Text, Text], Card]]:
    """With the titles of its section and of its group."""
    for title, card in _cards(brief):
        if isinstance(card, CardGroup):
            yield from (((title, card.title), member) for member in card.members)
        else:
            yield (title, same("")), card


def _fields(say: Say, changes: int) -> list[Field]:
    def field(name: str, number: str = "") -> Field:
        return Field(say(HEADS.get(name) or LABELS[name]) + number)

    numbers = [f" {n}" if changes > 1 else "" for n in range(1, changes + 1)]
    moved = [field(name, number) for number in numbers for name in ("kind", "change", "judgement")]
    first = ("section", "group", "id", "code", "indicator", "value", "printed", "unit")
    names = [replace(field(name), style="soft" if name == "value" else "text") for name in first]
    working = [Field(say(HEADS[name]), "count") for name in ("numerator", "denominator")]
    last = ("target", "light", "direction", "state", "as_of", "remarks", "definition")
    return [*names, *working, field("basis"), *moved, *map(field, last)]


def _row(card: Card, say: Say, definition_at: Mapping[str, str], changes: int) -> list[Value]:
    moved = [value for change in card.changes for value in _change(change, say)]
    moved += [None] * (3 * changes - len(moved))
    target = _change(card.target, say)[1:] if card.target else [None, None]
    target_at = definition_at.get(card.kpi_code)
    link = Link(say(LABELS["definitions"]), target_at) if target_at else None
    number = None if card.number is None else Number(card.number, card.style)
    first: list[Value] = [card.kpi_id, card.kpi_code, say(card.name), number, say(card.value)]
    working: list[Value] = [say(card.unit), card.numerator, card.denominator, say(card.basis)]
    last: list[Value] = [say(card.direction), say(card.state), say(card.as_of), "\n".join(map(say, card.remarks)), link]
    return [*first, *working, *moved, *target, *last]


def _change(change: Change, say: Say) -> list[Value]:
    return [say(change.kind), say(change.amount), " ".join(filter(None, (change.mark, say(change.judgement))))]
