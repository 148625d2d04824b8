"""The brief: everything a page says, already formatted, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Tone = Literal["better", "worse", "same", "none"]
# How a number is written: as itself or to one decimal, as a percentage, as percentage points, as a signed percentage.
Style = Literal["text", "soft", "count", "decimal", "rate", "points", "relative", "date", "bar", "spark"]


@dataclass(frozen=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Change:
    """A change against another month: `kind` says which one, `mark` and `judgement` say whether it is good."""

    kind: Text
    amount: Text
    mark: str
    judgement: Text
    tone: Tone


@dataclass(frozen=True)
class Card:
    """One KPI of the area. `number` is the value unformatted (a rate as a fraction), for the data pack."""

    kpi_id: str
    kpi_code: str
    name: Text
    value: Text
    unit: Text
    has_value: bool
    basis: Text
    changes: tuple[Change, ...]
    target: Change | None
    remarks: tuple[Text, ...]
    direction: Text
    state: Text
    as_of: Text
    style: Style = "rate"
    number: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class CardGroup:
    """Cards that must be read side by side, in one frame twice as wide: two platforms that are never added."""

    title: Text
    note: Text
    members: tuple[Card, ...]


@dataclass(frozen=True)
class Cards:
    """Cards in rows of four; a group takes the place of two."""

    cards: tuple[Card | CardGroup, ...]
    block: str = "cards"


@dataclass(frozen=True)
class Column:
    """A column of a table; `kpi_code` names the definition it links to, `axis_mark` a line on its bars in percent."""

    name: str
    title: Text
    style: Style = "text"
    kpi_code: str = ""
    axis_mark: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell as printed; `number` is the same unformatted.

    `bar`, `low` and `high` are percents of the full length of an axis, empty where nothing is drawn; the last two are
    the ends of an interval. `spark` holds the heights of a sparkline in percent, "" for a gap. A tone never stands
    without a mark or a word.
    """

    text: Text
    number: Decimal | date | None = None
    tone: Tone = "none"
    mark: str = ""
    bar: str = ""
    low: str = ""
    high: str = ""
    spark: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows as printed; `empty` is said instead of no rows.

    `rows` holds all of them: print `limit` of them (all when 0), the data pack has the rest.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: Text
    limit: int = 0
    block: str = "table"


@dataclass(frozen=True)
class Picture:
    """A drawing of each language as SVG with real text in the house font; `alt` says in words what it shows."""

    svg: Text
    alt: Text
    block: str = "picture"


@dataclass(frozen=True)
class Bullets:
    """Lines of text."""

    lines: tuple[Text, ...]
    block: str = "bullets"


Block = Cards | Table | Picture | Bullets
Width = Literal["full", "wide", "narrow"]


@dataclass(frozen=True)
class Section:
    """A titled part of the page; `name` is ASCII: anchor, bookmark, sheet. A wide and a narrow stand side by side."""

    name: str
    title: Text
    note: Text
    blocks: tuple[Block, ...]
    width: Width = "full"


@dataclass(frozen=True)
class Definition:
    """How one KPI is made, and how its records add up: received = counted + excluded + immature."""

    kpi_id: str
    kpi_code: str
    name: Text
    formula: Text
    exclusions: Text
    basis: Text
    owner: Text
    waterfall: tuple[str, str, str, str]
    method: str


@dataclass(frozen=True)
class Brief:
    """One period of one area: everything the writers print."""

    title: Text
    area: Text
    period: Text
    units: Text
    label: Text | None
    warning: Text | None
    highlights: tuple[Text, ...]
    concerns: tuple[Text, ...]
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...]
    provenance: Text
    document_date: date


def in_language(value: Any, language: Language) -> Any:
    """Plain lists, dicts and strings of one language: what the templates read."""
    if isinstance(value, Text):
        return value.zh if language == "zh" else value.en
    if is_dataclass(value):
        return {f.name: in_language(getattr(value, f.name), language) for f in fields(value)}
    if isinstance(value, dict):
        return {key: in_language(item, language) for key, item in value.items()}
    if isinstance(value, tuple):
        return [in_language(item, language) for item in value]
    return value.isoformat() if isinstance(value, date) else value
