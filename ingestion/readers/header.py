"""Header rows and total rows, as every reader understands them; light to import, for a child process waits on it."""

from __future__ import annotations

from collections.abc import Collection

EDGES = " \t\r\n\u3000\u00a0'"


def header_names(rows: list[list[str]]) -> list[str]:
    """The column names of a header of one row, or of two: `upper/lower`, or whichever cell is filled.

    A blank upper cell belongs to its left neighbour when both stand above a filled lower cell: that is how a merged
    cell looks. A cell merged downwards looks blank below, or, in HTML, the same twice.
    """
    rows = [[cell.strip(EDGES) for cell in row] for row in rows]
    if len(rows) == 1:
        return rows[0]
    width = max(map(len, rows))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in rows)
    group, names = "", []
    for above, below in zip(upper, lower, strict=True):
        group = (above or group) if below else ""
        names.append(f"{group}/{below}" if group and group != below else below or above)
    return names


def fold_blanks(cell: str) -> str:
    """A cell without any blank: `合 计` is `合计`."""
    return "".join(cell.split())


def is_total(cells: list[str], footer: Collection[str]) -> bool:
    """Whether a record is a total that its first cell names."""
    return bool(footer) and bool(cells) and fold_blanks(cells[0]) in footer
