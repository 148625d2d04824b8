"""SQL of the straight way: the first layers of `normalise` alone, for rows that need neither cleaning nor judgement.

A row is straight when the slow way would give it the values that stand here and no broken rule. Numbers, moments and
words are typed and judged as they are read; texts travel as delivered and their distinct values are judged afterwards,
by the slow way's own layers.
"""

from __future__ import annotations

from ingestion.contract import Column, Contract
from ingestion.normalise import ISO_SECONDS, UNREADABLE, clean, first_try, quote, rules, second_try, source_column, text
from ingestion.readers.pieces import Piece

AS_DELIVERED = ("code", "name", "text")
AT_ONCE = ("enum", "boolean", "integer", "decimal")
TOLD_BY_NULL = {"missing", "garbled", *UNREADABLE.values()}  # of a value that came of itself none of these is true


def is_straight(contract: Contract) -> bool:
    """Whether rows of this feed can go straight: plain text in UTF-8, no totals, nobody's personal data."""
    form = contract.format
    plain = form.kind == "csv" and form.encoding == "utf-8" and not form.footer and len(form.delimiter.encode()) == 1
    return plain and all(_is_simple(column) for column in contract.kept)


def _is_simple(column: Column) -> bool:
    if column.personal is not None:
        return False
    at_once = column.type == "timestamp" and not column.zoned and ISO_SECONDS in column.formats
    return at_once or column.type in (*AS_DELIVERED, *AT_ONCE)


def numbered_rows(piece: Piece, width: int, delimiter: str, name: str) -> str:
    """SQL that reads a piece as text columns c0, c1, … with the record number of each row as `name`."""
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    source = (  # the small buffer stays in the processor's cache
        f"read_csv({text(str(piece.path))}, auto_detect = false, header = false, delim = {text(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{types}}}, strict_mode = true, buffer_size = 8000000)"
    )
    return f"(SELECT *, row_number() OVER () + {piece.above} AS {name} FROM {source})"


def straight_rows(contract: Contract, places: dict[str, int], source: str, now: str) -> str:
    """SQL of the straight rows among numbered text rows: the contract's columns and `row_no`."""
    kept = contract.kept
    typed = [column for column in kept if column.type not in AS_DELIVERED]
    layers = [
        ["row_no", *(f"{source_column(c, places.get(c.name))} AS r_{c.name}" for c in kept)],
        ["*", *(f"{first_try(c, f'r_{c.name}')} AS o_{c.name}" for c in typed)],
        ["*", *(f"o_{c.name} AS t_{c.name}, NULL::VARCHAR AS c_{c.name}" for c in typed)],
    ]
    for columns in layers:
        source = f"(SELECT {', '.join(columns)} FROM {source})"
    values = [f"{'r' if c.type in AS_DELIVERED else 't'}_{c.name} AS {quote(c.name)}" for c in kept]
    odd = " OR ".join(f"({condition})" for column in kept for condition in _odd(column, now))
    return f"SELECT {', '.join(values)}, row_no FROM {source} WHERE ({odd or 'false'}) IS NOT TRUE"


def _odd(column: Column, now: str) -> list[str]:
    """Conditions under which a row cannot go straight because of one column."""
    if column.type in AS_DELIVERED:
        return [f"r_{column.name} IS NULL"] if column.required else []
    unread = f"t_{column.name} IS NULL" + ("" if column.required else f" AND r_{column.name} IS NOT NULL")
    return [unread, *(condition for condition, rule in rules(column, now) if rule not in TOLD_BY_NULL)]


def seen_texts(column: Column, written: str) -> str:
    """SQL of a temp table of the distinct texts of a column; without a table the engine would judge each row again."""
    return (
        f"CREATE OR REPLACE TEMP TABLE seen AS SELECT DISTINCT {quote(column.name)} AS r_{column.name} FROM {written}"
    )


def odd_texts(column: Column, now: str) -> str:
    """SQL: how many texts of the table `seen` the slow way would change or refuse."""
    name, judged = column.name, "seen"
    layers = [
        ["*", f"{first_try(column, f'r_{name}')} AS o_{name}"],
        ["*", f"CASE WHEN o_{name} IS NULL THEN {clean(column, f'r_{name}')} END AS c_{name}"],
        ["*", f"coalesce(o_{name}, {second_try(column, f'c_{name}')}) AS t_{name}"],
    ]
    for columns in layers:
        judged = f"(SELECT {', '.join(columns)} FROM {judged})"
    odd = [f"t_{name} IS DISTINCT FROM r_{name}", *(condition for condition, _ in rules(column, now))]
    return f"SELECT count(*) FROM {judged} WHERE {' OR '.join(f'({condition})' for condition in odd)}"


def texts(contract: Contract) -> list[Column]:
    """The columns whose distinct values are judged after the rows are written."""
    return [column for column in contract.kept if column.type in AS_DELIVERED]
