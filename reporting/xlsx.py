"""The data pack: every number of the brief with its type, every row of its tables, and how each KPI is made.

Nothing from the data can become a formula or a link to elsewhere, for every text is written as a string.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from reporting.brief import Brief, Bullets, Definition, Language, Picture, Section, Table, Text, in_language
from reporting.format import MINUS
from reporting.sheet import LINE, Book, Field, Link, Value, lines_of, quoted
from reporting.sheet_of_cards import card_sheet, groups
from reporting.sheet_of_table import named, typed
from reporting.words import LABELS
from reporting.words_of_office import AREA, HEADS, HIGHLIGHTS, NO_CONCERNS, PERIOD, POINTS, SHEETS, SOURCE, UNITS

Say = Callable[[Text], str]
Rows = Sequence[Sequence[Value]]
ATTENTION = "#8A3B12"
TITLE = {"font_size": 16, "bold": True}
LOUD = {"bold": True, "font_color": ATTENTION}
TEXT_WIDTH = 100
FIRST_ROW = 2  # of a sheet, under its header, as spreadsheets count


def workbook(brief: Brief, language: Language) -> bytes:
    """XLSX with the overview first; its date is that of the data, so the same brief gives the same bytes."""
    say: Say = partial(in_language, language=language)
    header = " · ".join(say(text) for text in (brief.label, brief.title, brief.period) if text)
    book = Book(say(brief.title), brief.document_date, points=say(POINTS), header=header)
    names = {key: book.name(say(title)) for key, title in SHEETS.items()}
    overview = book.page(names["overview"])
    rows_of: dict[str, tuple[int, str]] = {}

    def sheet(name: str, fields: list[Field], rows: Rows, note: str = "", count: int | None = None) -> None:
        if rows:
            book.data(name, fields, rows)
            rows_of[name] = len(rows) if count is None else count, note

    places = {d.kpi_code: f"{quoted(names['definitions'])}!A{n}" for n, d in enumerate(brief.definitions, FIRST_ROW)}
    notes = "\n".join(f"{say(group.title)}\n{say(group.note)}" for group in groups(brief))
    sheet(names["indicators"], *card_sheet(brief, say, places), notes)
    for section, table in _tables(brief):
        fields, rows = typed(table, say)
        name = book.name(say(section.title))
        title = say(section.title) if say(section.title) != name else ""
        sheet(name, fields, rows, "\n".join(filter(None, (title, say(section.note)))), len(table.rows))
    sheet(names["notes"], [Field(say(HEADS["section"])), Field(say(HEADS["text"]))], list(_notes(brief, say)))
    sheet(names["waterfall"], _waterfall_fields(say), [_waterfall_row(d, say) for d in brief.definitions])
    sheet(names["definitions"], _definition_fields(say), [_definition_row(d, say) for d in brief.definitions])
    _overview(book, overview, brief, say, rows_of)
    return book.close()


def _tables(brief: Brief) -> Iterator[tuple[Section, Table]]:
    for section in brief.sections:
        yield from ((section, block) for block in section.blocks if isinstance(block, Table))


def _notes(brief: Brief, say: Say) -> Iterator[list[str]]:
    """Lines of text, what the pictures show, and the notes of sections without a sheet of their own."""
    for section in brief.sections:
        if not any(isinstance(block, Table) for block in section.blocks) and say(section.note):
            yield [say(section.title), say(section.note)]
        for block in section.blocks:
            if isinstance(block, Bullets):
                yield from ([say(section.title), say(line)] for line in block.lines)
            elif isinstance(block, Picture):
                yield [say(section.title), say(block.alt)]


def _waterfall_fields(say: Say) -> list[Field]:
    heads = [say(LABELS[name]) for name in ("received", "counted", "excluded", "immature")]
    counts = [Field(head, "count") for head in heads]
    printed = [Field(named(head, HEADS["printed"], say), is_folded=True) for head in heads]
    names = [Field(say(HEADS["id"])), Field(say(HEADS["code"])), Field(say(LABELS["indicator"]))]
    return [*names, *counts, Field(say(LABELS["reasons"])), Field(say(LABELS["basis"])), *printed]


def _waterfall_row(definition: Definition, say: Say) -> list[Value]:
    counts = map(number_of, definition.waterfall)
    names = [definition.kpi_id, definition.kpi_code, say(definition.name)]
    return [*names, *counts, say(definition.exclusions), say(definition.basis), *definition.waterfall]


def _definition_fields(say: Say) -> list[Field]:
    heads = (HEADS["id"], HEADS["code"], LABELS["indicator"], LABELS["formula"], LABELS["owner"], LABELS["method"])
    return [Field(say(head)) for head in heads]


def _definition_row(d: Definition, say: Say) -> list[Value]:
    return [d.kpi_id, d.kpi_code, say(d.name), say(d.formula), say(d.owner), d.method]


def number_of(printed: str) -> Value:
    """12,345 as a number again; a word in its place stays a word."""
    try:
        return Decimal(printed.replace(",", "").replace(MINUS, "-"))
    except InvalidOperation:
        return printed


def _overview(book: Book, page: Any, brief: Brief, say: Say, rows_of: dict[str, tuple[int, str]]) -> None:
    """What the brief says in words, and what stands on which sheet."""
    page.set_column(0, 0, 24)
    page.set_column(1, 1, TEXT_WIDTH)
    row = 0
    for head, text, look in _lines(brief, say):
        book.put(page, row, 0, head, bold=True)
        book.put(page, row, 1, text, **look)
        page.set_row(row, max(LINE * lines_of(text, TEXT_WIDTH), LINE * look.get("font_size", 10) / 10))
        row += 1
    for place, title in enumerate((HEADS["sheet"], HEADS["note"], HEADS["rows"])):
        book.put(page, row + 1, place, say(title), bold=True, bottom=1)
    for n, (name, (count, note)) in enumerate(rows_of.items(), start=row + 2):
        values: tuple[Value, ...] = (Link(name, f"{quoted(name)}!A1"), note, Decimal(count))
        for place, value in enumerate(values):
            book.put(page, n, place, value, "count")
        page.set_row(n, LINE * lines_of(note, TEXT_WIDTH))


def _lines(brief: Brief, say: Say) -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "", say(brief.title), TITLE
    yield from (("", say(text), LOUD) for text in (brief.label, brief.warning) if text)
    for head, fact in ((PERIOD, brief.period), (AREA, brief.area), (UNITS, brief.units), (SOURCE, brief.provenance)):
        yield say(head), say(fact), {}
    for head, lines in ((HIGHLIGHTS, brief.highlights), (LABELS["concerns"], brief.concerns or (NO_CONCERNS,))):
        yield from ((say(head) if n == 0 else "", say(line), {}) for n, line in enumerate(lines))
