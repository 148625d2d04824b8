"""The version that offices edit: a Word document in their own layout, with real headings, tables and links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from reporting.brief import (
    Brief,
    Bullets,
    Card,
    CardGroup,
    Cards,
    Change,
    Definition,
    Language,
    Picture,
    Section,
    Table,
    Text,
    in_language,
)
from reporting.paper import DEFINITION, LABEL, NOTE, TYPE_AREA, add_line, begin_indented, blank, clean, packed
from reporting.paper_table import Column, Lines, Linked, add_bookmark, add_table, anchors_of
from reporting.raster import SCALE, png_of
from reporting.sheet_of_table import printed_of
from reporting.words import LABELS, join, same
from reporting.words_of_office import HEADS, HIGHLIGHTS, NO_CONCERNS, REST, SHEETS, numbered

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

PIXEL = 25.4 / 96
DRAWN = ("bar", "spark")
WORDS = ("text", "soft")


def document(brief: Brief, language: Language) -> bytes:
    """DOCX; its date is that of the data, so the same brief gives the same bytes."""
    return _Writer(brief, language).written()


class _Writer:
    def __init__(self, brief: Brief, language: Language) -> None:
        self.brief, self.language = brief, language
        self.say: Callable[[Text], str] = partial(in_language, language=language)
        self.document = blank(language, self.say(brief.label) if brief.label else "")
        self.anchors = anchors_of([definition.kpi_code for definition in brief.definitions])
        self.parts = self.within = 0

    def written(self) -> bytes:
        brief = self.brief
        if brief.label:
            self._line(brief.label, LABEL)
        self._line(brief.title, "Title")
        self._line(join("{area} · {period}", "{area} · {period}", area=brief.area, period=brief.period), NOTE)
        self._line(brief.units, NOTE)
        if brief.warning:
            self._paragraph(brief.warning, is_bold=True)
        for title, lines in ((HIGHLIGHTS, brief.highlights), (LABELS["concerns"], brief.concerns or (NO_CONCERNS,))):
            self._heading(title)
            for line in lines:
                self._paragraph(line)
        for section in brief.sections:
            self._section(section)
        if brief.definitions:
            self._definitions()
        self._line(brief.provenance, NOTE)
        return packed(self.document, self.say(brief.title), brief.document_date)

    def _line(self, text: Text, style: str) -> Paragraph:
        return add_line(self.document, clean(self.say(text)), style)

    def _paragraph(self, text: Text, *, is_bold: bool = False) -> None:
        paragraph = self.document.add_paragraph()
        begin_indented(paragraph._p)
        paragraph.add_run(clean(self.say(text))).bold = is_bold

    def _heading(self, title: Text) -> None:
        self.parts, self.within = self.parts + 1, 0
        self._line(numbered(title, self.parts), "Heading 1")

    def _subheading(self, title: Text) -> None:
        self.within += 1
        self._line(numbered(title, self.parts, self.within), "Heading 2")

    def _note(self, note: Text) -> None:
        """Stays with what it explains."""
        if self.say(note):
            self._line(note, NOTE).paragraph_format.keep_with_next = True

    def _section(self, section: Section) -> None:
        self._heading(section.title)
        self._note(section.note)
        for block in section.blocks:
            if isinstance(block, Cards):
                self._cards(block)
            elif isinstance(block, Table):
                self._table(block)
            elif isinstance(block, Picture):
                self._picture(block)
            else:
                self._bullets(block)

    def _bullets(self, block: Bullets) -> None:
        for line in block.lines:
            self._paragraph(line)

    def _cards(self, block: Cards) -> None:
        """One table for the single cards, and one under its own heading for each group."""
        singles = [card for card in block.cards if isinstance(card, Card)]
        if singles:
            self._card_table(singles)
        for group in (card for card in block.cards if isinstance(card, CardGroup)):
            self._subheading(group.title)
            self._note(group.note)
            self._card_table(group.members)

    def _card_table(self, cards: list[Card] | tuple[Card, ...]) -> None:
        names = (HEADS["change"], LABELS["target"], HEADS["state"])
        columns = [Column(self.say(LABELS["indicator"])), Column(self.say(HEADS["value"]), is_number=True)]
        columns.append(Column(self.say(LABELS["basis"]), is_number=True))
        columns += [Column(self.say(name)) for name in names]
        add_table(self.document, columns, [list(self._card(card)) for card in cards])

    def _card(self, card: Card) -> Iterator[Lines]:
        say, anchor = self.say, self.anchors.get(card.kpi_code)
        name = f"{card.kpi_id} {say(card.name)}"
        yield [Linked(name, anchor) if anchor else name]
        yield [" ".join(filter(None, (say(card.value), say(card.unit))))]
        yield [say(card.basis)]
        yield [self._change(change) for change in card.changes]
        yield [self._change(card.target).removeprefix(say(card.target.kind)).strip()] if card.target else ["–"]
        yield [say(line) for line in (card.state, card.as_of, card.direction, *card.remarks) if say(line)]

    def _change(self, change: Change) -> str:
        parts = (self.say(change.kind), self.say(change.amount), change.mark, self.say(change.judgement))
        return " ".join(filter(None, parts))

    def _table(self, table: Table) -> None:
        """The rows that are printed, and how many more there are; what is only drawn has no column."""
        if not table.rows:
            self._paragraph(table.empty)
            return
        shown = [n for n, column in enumerate(table.columns) if column.style not in DRAWN]
        columns = [
            Column(self.say(c.title), c.style not in WORDS, c.style == "soft", self.anchors.get(c.kpi_code, ""))
            for c in (table.columns[n] for n in shown)
        ]
        rows = table.rows[: table.limit or None]
        add_table(self.document, columns, [[[printed_of(row[n], self.say)] for n in shown] for row in rows])
        if rest := len(table.rows) - len(rows):
            self._line(join(REST.zh, REST.en, n=same(str(rest))), NOTE)

    def _picture(self, block: Picture) -> None:
        from docx.shared import Mm

        png = png_of(self.say(block.svg))
        width = min(TYPE_AREA[0], int.from_bytes(png[16:20], "big") / SCALE * PIXEL)
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing = 1.0  # a line of fixed height would cut it
        drawn = paragraph.add_run().add_picture(BytesIO(png), width=Mm(width))
        about = drawn._inline.docPr
        about.set("descr", clean(self.say(block.alt)))

    def _definitions(self) -> None:
        self._heading(LABELS["definitions"])
        for number, definition in enumerate(self.brief.definitions, start=1):
            title = self._line(same(f"{definition.kpi_id} {self.say(definition.name)}"), "Heading 3")
            add_bookmark(title, self.anchors[definition.kpi_code], number)
            for head, text in self._facts(definition):
                add_line(self.document, clean(f"{self.say(head)}{self._colon()}{text}"), DEFINITION)
        self._heading(SHEETS["waterfall"])
        self._waterfall()

    def _facts(self, d: Definition) -> Iterator[tuple[Text, str]]:
        yield HEADS["formula"], self.say(d.formula)
        yield LABELS["owner"], self.say(d.owner)
        yield HEADS["method"], f"{d.method} · {d.kpi_code}"

    def _colon(self) -> str:
        return "：" if self.language == "zh" else ": "

    def _waterfall(self) -> None:
        names = ("indicator", "received", "counted", "excluded", "immature", "reasons", "basis")
        columns = [Column(self.say(LABELS[name]), is_number=name not in ("indicator", "reasons")) for name in names]
        rows: list[list[Lines]] = []
        for d in self.brief.definitions:
            name = Linked(self.say(d.name), self.anchors[d.kpi_code])
            rows.append([[name], *[[n] for n in d.waterfall], [self.say(d.exclusions)], [self.say(d.basis)]])
        add_table(self.document, columns, rows)
