"""Damage to the rows, cells and header of a delivery, before its file is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.reliability.pristine import Reader, Table

NUMBERS = ("NaN", "Infinity", "-inf", "1E308", "1e999", "0x1F", "१२", "--5", "12.345678901", "9" * 40)
WIDE = str.maketrans("0123456789-:.", "０１２３４５６７８９－：．")


@dataclass
class Place:
    """Where a table may be damaged: `first` is its first row; below `last` stand totals alone."""

    reader: Reader
    table: Table
    dice: Random

    @property
    def first(self) -> int:
        form = self.reader.contract.format
        return 1 if form.kind == "jsonl" else form.header_row + form.header_rows - 1

    @property
    def row(self) -> int:
        return self.dice.randrange(self.first, self.first + self.reader.rows)

    def cells(self, *types: str) -> list[tuple[int, int]]:
        """(row, column) of filled cells of columns of these types."""
        columns = [column for column in self.reader.contract.columns if column.header]
        places = [index for index, column in enumerate(columns) if column.type in types]
        rows = range(self.first, self.first + self.reader.rows)
        return [(row, place) for row in rows for place in places if self.table[row][place]]

    def change(self, types: tuple[str, ...], to: Callable[[str], str]) -> bool:
        """Change one filled cell of such a column; False where there is none, or no change."""
        if not (found := self.cells(*types)):
            return False
        row, column = self.dice.choice(found)
        before = self.table[row][column]
        self.table[row][column] = to(before)
        return bool(self.table[row][column] != before)

    def column(self, change: Callable[[list[str]], list[str]], *, everywhere: bool = True) -> bool:
        """Change header and rows alike, or the header alone."""
        top = self.first - self.reader.contract.format.header_rows
        for row in range(top, self.first + self.reader.rows if everywhere else self.first):
            self.table[row] = change(self.table[row])
        return True


def _swap_rows(at: Place) -> bool:
    one, other = at.row, at.row
    at.table[one], at.table[other] = at.table[other], at.table[one]
    return one != other


def _swap_fields(at: Place) -> bool:
    row, one, other = at.row, *at.dice.sample(range(len(at.table[0])), 2)
    cells = at.table[row] = [*at.table[row]]
    cells[one], cells[other] = cells[other], cells[one]
    return bool(cells[one] != cells[other])


def _order(at: Place) -> bool:
    order = at.dice.sample(range(len(at.table[0])), len(at.table[0]))
    return at.reader.contract.format.header_rows == 1 and at.column(lambda row: [row[index] for index in order])


def _add_field(at: Place) -> bool:
    at.table[at.row].append("多")
    return True


def _put(at: Place, row: int, cells: list[str]) -> bool:
    at.table.insert(row, [*cells, *[""] * (len(at.table[0]) - len(cells))])
    return True


ANY = ("text", "name", "code", "phone", "place", "enum", "boolean", "integer", "decimal", "timestamp", "date")
TYPED = ("code", "phone", "integer", "decimal", "timestamp", "date")
TABLE: dict[str, Callable[[Place], bool | None]] = {
    "row_lost": lambda at: bool(at.table.pop(at.row)),
    "row_twice": lambda at: _put(at, (row := at.row), at.table[row]),
    "rows_swapped": _swap_rows,
    "fields_swapped": _swap_fields,
    "last_field_cut": lambda at: at.table[at.row].pop() is not None,
    "field_added": _add_field,
    "header_renamed": lambda at: at.column(lambda row: [f"{row[0]}x", *row[1:]], everywhere=False),
    "header_gone": lambda at: bool(at.table.pop(at.first - 1)),
    "column_gone": lambda at: at.column(lambda row: row[1:]),
    "columns_in_another_order": _order,
    "column_new": lambda at: at.column(lambda row: [*row, "新"]),
    "total_row": lambda at: _put(at, at.first + at.reader.rows, ["合计", "8"]),
    "title_row": lambda at: _put(at, 0, ["样例标题"]),
    "blank_row": lambda at: _put(at, at.row, []),
    "digits_full_width": lambda at: at.change(TYPED, lambda cell: cell.translate(WIDE)),
    "thousands": lambda at: at.change(("integer", "decimal"), lambda cell: f"1,{cell:0>3}"),
    "no_number": lambda at: at.change(("integer", "decimal"), lambda cell: at.dice.choice(NUMBERS)),
    "no_date": lambda at: at.change(
        ("timestamp",), lambda cell: at.dice.choice([cell[5:], "昨天", cell.replace("2026", "0026")])
    ),
    "nul_in_cell": lambda at: at.change(ANY, lambda cell: f"{cell[:1]}\0{cell[1:]}") and at.reader.suffix != ".xlsx",
    "line_break_in_cell": lambda at: at.change(ANY, lambda cell: f"{cell[:1]}\n{cell[1:]}"),
    "huge_cell": lambda at: at.change(ANY, lambda cell: cell * at.dice.choice([500, 30_000])),
    "garbled_cell": lambda at: at.change(("name", "enum", "code"), lambda cell: f"{cell[:2]}锟斤拷"),
}
