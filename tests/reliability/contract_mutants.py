"""Rows made from a contract's own example: each breaks one promise in one cell, or keeps it at its edge.

What must become of a row is told here in plain Python from the contract's words alone, never from the SQL of landing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ingestion.contract import FLAW, FLAWS, Column, Contract, Unsigned
from tests.reliability.moments import impossible, moments_broken, moments_sound, write

LANDS = (None, "lands")
TOTAL = (None, "total")  # no record
AGAIN = (None, "duplicate")
LOST = ("\ufffd", "锟斤拷", "烫烫", "●?", "??")
MOBILE, IDENTITY = "1" + "38" + "0013" + "8000", "210202" + "19900307" + "001X"  # invented, and never in one piece
NUMBERED_FROM = datetime(2026, 1, 5, 8)
WRONG_WORD = "样例以外"


@dataclass(frozen=True)
class Mutant:
    """The example row with `cells` changed and `without` left out; `fate` is LANDS, TOTAL, AGAIN or (column, rule)."""

    fate: tuple[str | None, str]
    cells: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    flag: str | None = None
    repeats: bool = False  # it keeps the key of the row before it


def example(contract: Contract) -> dict[str, Any]:
    """The first example that lands, as its source says it."""
    return next(example.source for example in contract.examples if example.becomes is not None)


def place(contract: Contract, column: Column) -> str:
    """The header under which the example row gives a column, or its first one."""
    row = example(contract)
    return next((header for header in column.header if header in row), column.header[0])


def mutants(contract: Contract, now: datetime) -> list[Mutant]:
    """All that the contract says of a row, broken and kept; a row that is sound in all follows each broken one."""
    found = [Mutant(LANDS), *_repeats(contract)]
    for column in (column for column in contract.kept if column.header):
        for mutant in [*_broken(contract, column, now), *_sound(contract, column, now)]:
            found += [mutant] if mutant.fate == LANDS else [mutant, Mutant(LANDS)]
    return [*found, *_rows(contract), Mutant(LANDS)]


def _broken(contract: Contract, column: Column, now: datetime) -> Iterator[Mutant]:
    header, is_json = place(contract, column), contract.format.kind == "jsonl"
    if column.required:
        blanks = (None, "", " \u3000") if is_json else ("", " \u3000")
        yield from (Mutant((column.name, "missing"), {header: blank}) for blank in blanks)
    if is_json and (column.required or not contract.messages):
        yield Mutant((column.name, "missing_member"), without=tuple(column.header))
    for rule, value in _wrong_cells(contract, column):
        yield Mutant((column.name, rule), {header: value})
    if column.type in ("timestamp", "date"):
        seen = {place(contract, contract.column(column.seen_at)): column.seen_at} if column.seen_at else {}
        for fate, moves in moments_broken(contract, column, example(contract), list(seen), now):
            yield Mutant(fate, {place(contract, contract.column(name)): value for name, value in moves.items()})


def _wrong_cells(contract: Contract, column: Column) -> Iterator[tuple[str, str]]:
    """(rule, text) of cells that cannot be what the contract says the column is."""
    words = {"enum": "unknown_value", "boolean": "not_a_boolean", "figure": "not_a_figure"}
    if rule := words.get(column.type):
        yield rule, WRONG_WORD
    if column.type in ("timestamp", "date"):
        yield from ((f"not_a_{column.type}", text) for text in (WRONG_WORD, "08h00, 5. Jan.", impossible(column)))
    if column.type == "integer":
        yield from (("not_an_integer", text) for text in (WRONG_WORD, "1.5", "12a"))
    if column.type == "decimal":
        yield from (("not_a_number", text) for text in (WRONG_WORD, "12a", str(column.limit)))
        yield "too_precise", f"0.{'0' * column.scale}1"
    if column.type in ("name", "code", "enum"):
        yield from (("garbled", f"样例{mark}") for mark in LOST)
    if column.type == "code":
        yield from (("scientific", text) for text in ("2.0260105E+17", "2E+17"))
    if column.type in ("name", "text") and column.personal is None:
        yield from (("personal", f"样例{number}") for number in (MOBILE, IDENTITY))
    if column.pattern:
        whole = known_value(contract, column)
        near = (whole[:-1], whole + whole[-1], f"-{whole[1:]}", whole.swapcase())
        yield from (("pattern", text) for text in near if text and not re.fullmatch(column.pattern, text))
    for limit, step in ((column.minimum, -smallest(column)), (column.maximum, smallest(column))):
        if limit is not None:
            yield "out_of_range", str(Decimal(str(limit)) + step)


def _sound(contract: Contract, column: Column, now: datetime) -> Iterator[Mutant]:
    """The same column as the contract allows it: each word, each form of a moment, the very limits, nothing at all."""
    header = place(contract, column)
    cells: list[Any] = [*(column.values or {})]
    cells += [str(Decimal(str(limit))) for limit in (column.minimum, column.maximum) if limit is not None]
    cells += [] if column.required else [None if contract.format.kind == "jsonl" else ""]
    if column.type == "decimal" and column.minimum is None and not column.unsigned:
        cells.append(str(column.limit - smallest(column)))
    yield from (Mutant(LANDS, {header: cell}) for cell in cells)
    if column.type in ("timestamp", "date") and column != numbering(contract):
        seen = [place(contract, contract.column(column.seen_at))] if column.seen_at else []
        found = moments_sound(contract, column, example(contract), seen, now)
        yield from (Mutant(LANDS, {header: moment}) for moment in found)
    if column.unsigned:
        yield from _unsigned(column, column.unsigned, header)
    if column.type == "phone":
        for flag, cell in (("phone_scientific", "1.38E+10"), ("phone_unreadable", "样例")):
            if column.required:
                yield Mutant((column.name, "missing"), {header: cell})
            else:
                yield Mutant(LANDS, {header: cell}, flag=f"{column.name}|{flag}")


def _unsigned(column: Column, unsigned: Unsigned, header: str) -> Iterator[Mutant]:
    """Numbers up to the highest are what they say; those up to the span lost their sign, which is given back."""
    for number in (unsigned.highest, unsigned.highest + unsigned.step, unsigned.span - unsigned.step):
        is_mended = number > unsigned.highest
        finds_room = abs(number - unsigned.span * is_mended) < column.limit
        fate = LANDS if finds_room else (column.name, "not_a_number")
        flag = f"{column.name}|sign_restored" if is_mended and finds_room else None
        yield Mutant(fate, {header: str(number)}, flag=flag)


def _repeats(contract: Contract) -> Iterator[Mutant]:
    """A row sent twice, and a key of which two rows say different things: of a stream these are versions."""
    yield from (Mutant(LANDS), Mutant(AGAIN, repeats=True))
    others = [c for c in contract.kept if c.compared and c.name not in (*contract.key, contract.version) and c.header]
    column, cell = next(
        (column, cell) for column in others for cell in _other_cells(contract, column, example(contract))
    )
    fate = LANDS if contract.messages else (contract.key[0], "key_conflict")
    yield from (Mutant(fate), Mutant(fate, {place(contract, column): cell}, repeats=True))


def _other_cells(contract: Contract, column: Column, row: dict[str, Any]) -> Iterator[Any]:
    """Sound cells that become something else than what stands in the row."""
    now = row.get(place(contract, column))
    values = column.values or {}
    yield from (word for word, ours in values.items() if now in values and ours != values[now])
    if column.type in ("integer", "decimal"):
        lowest = 1 if column.minimum is None else int(column.minimum)
        yield from (str(number) for number in (lowest, lowest + 1) if Decimal(str(now or -1)) != number)
    if column.type in ("name", "text"):
        yield f"{now or '样例'}乙"


def _rows(contract: Contract) -> Iterator[Mutant]:
    """What makes a whole row no record, or not what the broker should have sent."""
    first = contract.columns[0].header[:1]
    for word in contract.format.footer:
        yield from (Mutant(TOTAL, {first[0]: text}) for text in (word, f"\u3000{' '.join(word)}"))
    if contract.messages:
        yield from (Mutant((None, flaw), {FLAW: flaw}) for flaw in FLAWS)
        yield Mutant((None, "flaw"), {FLAW: WRONG_WORD})


def smallest(column: Column) -> Decimal:
    """The smallest step that the column can hold."""
    return Decimal(1) if column.type == "integer" else Decimal(1).scaleb(-column.scale)


def known_value(contract: Contract, column: Column) -> str:
    """A value that the column's pattern allows: of an example, or the first of one character alone."""
    given = [str(example.source.get(header)) for example in contract.examples for header in column.header]
    plain = [character * length for length in range(1, 33) for character in "2aA"]
    return next(value for value in [*given, *plain] if re.fullmatch(str(column.pattern), value))


def numbering(contract: Contract) -> Column:
    """The column of the key in which rows are told apart here."""
    key = [contract.column(name) for name in contract.key]
    return next((column for column in key if column.type in ("code", "phone", "name")), key[0])


def numbered(contract: Contract, number: int) -> dict[str, Any]:
    """The example row under a key of its own."""
    column, row = numbering(contract), example(contract)
    header = place(contract, column)
    if column.type == "timestamp":
        return row | {header: write(NUMBERED_FROM - timedelta(hours=number), column.formats[0])}
    given, digits = str(row[header]), f"{number:03d}"
    return row | {header: f"{given}-{digits}" if column.type != "phone" and not column.pattern else given[:-3] + digits}
