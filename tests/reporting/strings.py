"""Every string that a reader of a brief must find: what is drawn only, and codes of its parts, are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reporting.brief import Brief, Language, in_language

# How a block is drawn, and names that are not printed.
UNPRINTED = {"tone", "bar", "low", "high", "spark", "block", "style", "width", "axis_mark", "svg", "number"}
UNPRINTED |= {"numerator", "denominator", "document_date", "kpi_code", "limit", "has_value"}


def strings(brief: Brief, language: Language) -> list[str]:
    return list(dict.fromkeys(filter(None, _found(in_language(brief, language)))))


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _found(item)
    elif isinstance(value, dict):
        # The name of a section or a column is its code, that of a KPI is printed.
        is_coded = {"blocks", "axis_mark"} & value.keys()
        if value.get("style") in ("bar", "spark"):
            return  # columns that are drawn
        for key, item in value.items():
            if key not in UNPRINTED and not (key == "name" and is_coded) and not (key == "empty" and value["rows"]):
                yield from _found(item)
