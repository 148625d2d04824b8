"""Tables of a Word document: heads that repeat, rows that stay whole, widths by what the columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reporting.paper import (
    LINK,
    SMALL_NUMBER,
    SMALL_TEXT,
    TABLE_NUMBER,
    TABLE_STYLE,
    TABLE_TEXT,
    TYPE_AREA,
    clean,
    element,
)
from reporting.sheet import width_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell, _Row
    from docx.text.paragraph import Paragraph

NARROW, WIDE = 5, 30  # characters that a column takes at least and at most
FITS = 78  # characters of a row; with more of them the text is smaller
CHARACTER, SMALL_CHARACTER, MARGIN = 1.9, 1.62, 2.8  # millimetres that each takes, and the margins of a cell


@dataclass(frozen=True)
class Column:
    """`anchor` is the bookmark that its head leads to; what `is_whole` is not broken into lines, as no number is."""

    title: str
    is_number: bool = False
    is_whole: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class Linked:
    """A text that leads to a bookmark."""

    text: str
    anchor: str


Lines = Sequence[str | Linked]


def add_table(document: Document, columns: Sequence[Column], rows: Sequence[Sequence[Lines]]) -> None:
    """A table; each cell holds one paragraph for each of its lines."""
    from docx.shared import Mm

    table = document.add_table(rows=1 + len(rows), cols=len(columns), style=TABLE_STYLE)
    table.autofit = False
    longest = _longest(columns, rows)
    is_small = sum(longest) > FITS
    widths = [Mm(width) for width in _widths(columns, longest, SMALL_CHARACTER if is_small else CHARACTER)]
    styles = (SMALL_TEXT, SMALL_NUMBER) if is_small else (TABLE_TEXT, TABLE_NUMBER)
    heads: list[Lines] = [[Linked(c.title, c.anchor) if c.anchor else c.title] for c in columns]
    # Asking the table for its cells one by one takes quadratic time.
    for row, content in zip(table.rows, [heads, *rows], strict=True):
        _keep_whole(row, is_head=content is heads)
        for cell, lines, width, column in zip(row.cells, content, widths, columns, strict=True):
            cell.width = width
            _fill(cell, lines, styles[column.is_number])
    for grid, width in zip(table.columns, widths, strict=True):
        grid.width = width


def add_link(paragraph: Paragraph, link: Linked) -> None:
    """A link within the document."""
    run = paragraph.add_run(clean(link.text))
    run._r.style = LINK.replace(" ", "")
    anchor = element("w:hyperlink", anchor=link.anchor, history="1")
    paragraph._p.append(anchor)
    anchor.append(run._r)


def add_bookmark(paragraph: Paragraph, name: str, number: int) -> None:
    """Around all that the paragraph holds."""
    runs = list(paragraph._p.r_lst)
    runs[0].addprevious(element("w:bookmarkStart", id=str(number), name=name))
    runs[-1].addnext(element("w:bookmarkEnd", id=str(number)))


def _fill(cell: _Cell, lines: Lines, style: str) -> None:
    for n, line in enumerate(lines or [""]):
        paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
        paragraph._p.style = style.replace(" ", "")  # by its id, as in add_line
        if isinstance(line, Linked):
            add_link(paragraph, line)
        else:
            paragraph.add_run(clean(line))


def _keep_whole(row: _Row, *, is_head: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    if is_head:
        properties.append(element("w:tblHeader"))


def _longest(columns: Sequence[Column], rows: Sequence[Sequence[Lines]]) -> list[int]:
    """The characters that each column needs; by them the width of the type area is shared out."""
    longest = []
    for place, column in enumerate(columns):
        texts = [_text(line) for row in rows for line in row[place]]
        # A head may break in two between words, a number may not break.
        head = max(-(-width_of(column.title) // 2), *map(len, column.title.split()), 0)
        needed = max([head, *map(width_of, texts)])
        longest.append(min(max(needed, NARROW), WIDE))
    return longest


def _widths(columns: Sequence[Column], longest: Sequence[int], character: float) -> list[float]:
    """The width of the type area in millimetres: numbers take what they need, words share the rest."""
    needed = [character * width + MARGIN for width in longest]
    is_whole = [column.is_number or column.is_whole for column in columns]
    fixed = sum(width for width, whole in zip(needed, is_whole, strict=True) if whole)
    words = sum(needed) - fixed
    # Where words would get too little, or there are none, all give way alike.
    if not words or TYPE_AREA[0] - fixed < words / 3:
        return [TYPE_AREA[0] * width / sum(needed) for width in needed]
    share = (TYPE_AREA[0] - fixed) / words
    return [width if whole else width * share for width, whole in zip(needed, is_whole, strict=True)]


def _text(line: str | Linked) -> str:
    return line.text if isinstance(line, Linked) else line


def anchors_of(codes: Sequence[str]) -> Mapping[str, str]:
    """A bookmark for each KPI: names of bookmarks are short and hold no dots."""
    return {code: f"definition_{n}" for n, code in enumerate(codes, start=1)}
