"""What both page templates need to know about a brief before they print it: alignment, order, places and pictures.

The writers differ in their means only; what stands where, and what is left to the data pack, is decided here once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reporting.drawing.spark import spark

Plain = dict[str, Any]

CARDS_IN_A_ROW = 4
NUMBERS = frozenset({"count", "decimal", "rate", "points", "relative"})
FIRST_OF_A_NUMBER = frozenset("0123456789–−+-±≥≤<>~")


def laid_out(payload: Plain) -> Plain:
    """The payload as the templates print it: `parts` in place of `sections`, no number twice."""
    linked = {definition["kpi_code"] for definition in payload["definitions"]}
    sections = [_section(section, linked, payload["labels"]) for section in payload["sections"]]
    anchored: set[str] = set()
    definitions = []
    for definition in payload["definitions"]:
        code = definition["kpi_code"]
        definitions.append({**definition, "anchor": "" if code in anchored else anchor(code)})
        anchored.add(code)
    return {**payload, "sections": sections, "parts": list(_parts(sections)), "definitions": definitions}


def anchor(kpi_code: str) -> str:
    return f"kpi-{kpi_code}"


def _parts(sections: list[Plain]) -> Iterator[Plain]:
    """Sections of full width alone; a wide one and the narrow ones around it side by side."""
    run: list[Plain] = []
    for section in sections:
        is_second_wide = section["width"] == "wide" and any(s["width"] == "wide" for s in run)
        if section["width"] == "full" or is_second_wide:
            yield from _side_by_side(run)
            run = []
        if section["width"] == "full":
            yield {"left": [section], "right": []}
        else:
            run.append(section)
    yield from _side_by_side(run)


def _side_by_side(sections: list[Plain]) -> Iterator[Plain]:
    wide = [section for section in sections if section["width"] == "wide"]
    narrow = [section for section in sections if section["width"] == "narrow"]
    if wide and narrow:
        yield {"left": wide, "right": narrow}
    else:
        yield from ({"left": [section], "right": []} for section in sections)


def _section(section: Plain, linked: set[str], labels: Plain) -> Plain:
    return {**section, "blocks": [_block(block, linked, labels) for block in section["blocks"]]}


def _block(block: Plain, linked: set[str], labels: Plain) -> Plain:
    if block["block"] == "cards":
        return {"block": "cards", "rows": _card_rows([_card(card, linked) for card in block["cards"]])}
    if block["block"] == "table":
        return _table(block, linked, labels)
    return block


def _card(card: Plain, linked: set[str]) -> Plain:
    if "members" in card:
        return {**card, "span": 2, "members": [_card(member, linked) for member in card["members"]]}
    is_linked = card["kpi_code"] in linked
    kept = {key: value for key, value in card.items() if key not in ("number", "numerator", "denominator")}
    return {**kept, "span": 1, "anchor": anchor(card["kpi_code"]) if is_linked else ""}


def _card_rows(cards: list[Plain]) -> list[list[Plain]]:
    """Rows of four; where a group does not fit any more, the next single card fills the place before it."""
    waiting, rows = list(cards), []
    while waiting:
        row: list[Plain] = []
        left = CARDS_IN_A_ROW
        while fitting := next((card for card in waiting if card["span"] <= left), None):
            waiting.remove(fitting)
            row.append(fitting)
            left -= fitting["span"]
        rows.append(row)
    return rows


def _table(table: Plain, linked: set[str], labels: Plain) -> Plain:
    rows = table["rows"]
    shown = rows[: table["limit"]] if table["limit"] else rows
    left_out = len(rows) - len(shown)
    columns = [_column(column, [row[n] for row in shown], linked) for n, column in enumerate(table["columns"])]
    name = next((n for n, column in enumerate(columns) if column["kind"] == "words"), None)
    for n, column in enumerate(columns):
        column["is_name"] = n == name
        column["is_strong"] = column["style"] == "rate" and (column["has_bar"] or (n > 0 and columns[n - 1]["has_bar"]))
    return {
        "block": "table",
        "columns": columns,
        "rows": [[_cell(cell) for cell in row] for row in shown],
        "empty": table["empty"],
        "more": labels["more_rows"].replace("{n}", f"{left_out:,}") if left_out else "",
    }


def _column(column: Plain, cells: list[Plain], linked: set[str]) -> Plain:
    """`kind`: words may wrap, figures stand right and whole, short words (a code, a date) whole, a spark is drawn."""
    style = column["style"]
    kind = "figure" if style in NUMBERS or (style == "soft" and _is_numeric(cells)) else "short"
    if style == "text":
        kind = "words"
    if style == "spark" or (cells and all(cell["spark"] and not cell["text"] for cell in cells)):
        kind = "spark"
    has_bar = style == "bar" or any(cell["bar"] for cell in cells)
    if style == "bar" and not any(cell["text"] for cell in cells):
        kind = "bar"
    return {
        "title": column["title"],
        "style": style,
        "kind": kind,
        "has_bar": has_bar,
        "axis_mark": percent(column["axis_mark"]),
        "anchor": anchor(column["kpi_code"]) if column["kpi_code"] in linked else "",
    }


def _is_numeric(cells: list[Plain]) -> bool:
    texts = [cell["text"] for cell in cells if cell["text"]]
    return 2 * sum(text[0] in FIRST_OF_A_NUMBER for text in texts) > len(texts)


def _cell(cell: Plain) -> Plain:
    return {
        "text": cell["text"],
        "tone": cell["tone"],
        "mark": cell["mark"],
        "bar": percent(cell["bar"]),
        "low": percent(cell["low"]),
        "high": percent(cell["high"]),
        "spark": spark([percent(height) for height in cell["spark"]]) if any(cell["spark"]) else None,
    }


def percent(written: str) -> float | None:
    """A place on an axis of 0 to 100, inside it; None where nothing is drawn."""
    return None if written == "" else min(max(float(written), 0.0), 100.0)
