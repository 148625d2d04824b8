"""The brief: everything a page says, already formatted, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Tone = Literal["better", "worse", "same", "none"]


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
    """One KPI of the city."""

    kpi_id: str
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


@dataclass(frozen=True)
class Row:
    """One administering unit; `bar` is the length of its bar in percent of full length."""

    rank: str
    area: Text
    value: Text
    basis: Text
    change: Change
    bar: str


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
    """One month of one city."""

    title: Text
    period: Text
    units: Text
    label: Text | None
    warning: Text | None
    highlights: tuple[Text, ...]
    concerns: tuple[Text, ...]
    cards: tuple[Card, ...]
    platforms: tuple[Card, ...]
    chart_title: Text
    chart_svg: Text | None
    chart_note: Text
    ranking_note: Text
    ranking: tuple[Row, ...]
    city_bar: str
    small_cells: tuple[Row, ...]
    missing: tuple[Text, ...]
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
