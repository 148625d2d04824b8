"""What the attacker reads: every written file of a period, of all areas, both languages and all formats.

The data pack holds all that is printed, so it is read cell by cell; of the other files it is asked whether they tell a
number about a sensitive KPI that no data pack of the same area tells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pypdfium2
from python_calamine import CalamineWorkbook

from reporting.format import MINUS
from reporting.suppress import WITHHELD
from reporting.words_of_office import AREA, HEADS, SHEETS
from tests.reporting.auditor import Cell, Evidence

NUMBER = re.compile(r"[+−-]?\d[\d,]*(?:\.\d+)?")
BASIS = re.compile(r"^(−?[\d,.]+) / ([\d,.]+)$")
HIDDEN_WORDS = (WITHHELD.zh, WITHHELD.en)
Rows = list[list[Any]]
Fact = tuple[Cell, float | None]


@dataclass(frozen=True)
class World:
    """What anyone knows: names of areas in both languages with their codes, what lies in what, units of KPIs.

    `alike` says which column of which table, by their Chinese titles, counts the same as a KPI: (KPI, "now" or "base").
    `zeros` are the cells that may be withheld though they are 0, beside another number: of all others 1 is known.
    """

    areas: Mapping[str, str]
    parents: Mapping[str, str]
    units: Mapping[str, str]
    alike: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    zeros: frozenset[Cell] = frozenset()


def read(files: Iterable[Path], world: World) -> Evidence:
    """All that the data packs tell or withhold: sensitive KPIs, and columns of counts in which anything is withheld."""
    facts = [fact for path in sorted(files) if path.suffix == ".xlsx" for fact in _facts(path, world)]
    facts = [((*world.alike.get(cell[:2], cell[:2]), cell[2]), number) for cell, number in facts]
    attacked = {cell[:2] for cell, number in facts if number is None}
    facts = [(cell, number) for cell, number in facts if cell[0] in world.units or cell[:2] in attacked]
    found = Evidence()
    for cell, number in facts:
        found.misses(cell, float(cell not in world.zeros)) if number is None else found.saw(cell, number)
    cells = sorted({cell for cell, _ in facts})
    for cell in cells:
        parts = [part for part in cells if part[:2] == cell[:2] and world.parents.get(part[2]) == cell[2]]
        if parts and not _counts_nothing(parts, found):
            found.adds_up(cell, parts)
    return found


def unread(files: Iterable[Path], world: World, names: Mapping[str, Iterable[str]]) -> list[tuple[str, str, str]]:
    """Numbers that a file tells in a line about a sensitive KPI and its data pack does not: file, line, number.

    `names` gives the names under which a KPI or a class of incidents is printed.
    """
    wanted = {name for found in names.values() for name in found}
    told: list[tuple[str, str, str]] = []
    paths = sorted(files)
    for path in paths:
        pack = path.with_suffix(".xlsx")
        if path.suffix == ".xlsx" or pack not in paths:
            continue
        values = [value for rows in _pack(pack).values() for row in rows for value in row]
        known = _numbers("\n".join(map(str, values)))
        for line in lines_of(path):
            is_heading = line.lstrip("0123456789. ") in wanted
            if not is_heading and any(name in line for name in wanted):
                told += [(path.name, line, number) for number in sorted(_numbers(line) - known)]
    return told


def lines_of(path: Path) -> list[str]:
    """The lines of a page; a row of a table is one."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        text = "\n".join(document[n].get_textpage().get_text_bounded() for n in range(len(document)))
    elif path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            xml = archive.read("word/document.xml").decode("utf-8")
        text = _bare(re.sub(r"</w:tr>|</w:p>(?!</w:tc>)", "\n", xml))
    else:
        page = re.sub(r"<style.*?</style>|<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = _bare(re.sub(r"</(?:tr|p|li|div|section|h\d|article|text)>|<br\s*/?>", "\n", page.replace("\n", " ")))
    return [line.strip() for line in text.splitlines() if line.strip()]


def _bare(marked: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", marked))


def _numbers(text: str) -> set[str]:
    """Numbers as values, so that 1,234 and 1234.0 are one."""
    return {f"{float(n.replace(',', '').replace(MINUS, '-').lstrip('+')):g}" for n in NUMBER.findall(text)}


def _pack(path: Path) -> dict[str, Rows]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _facts(path: Path, world: World) -> Iterator[Fact]:
    """Cells are named by KPI or table, what is counted, and area; a withheld one has no number."""
    pack = _in_chinese(path)
    fixed = {key: title.zh for key, title in SHEETS.items()}
    overview = {row[0]: row[1] for row in pack[fixed["overview"]]}
    area = world.areas[overview[AREA.zh]]
    for key in ("indicators", "waterfall"):
        for row in _records(pack.get(fixed[key], [])):
            code = row[HEADS["code"].zh]
            if code in world.units:
                yield from _of_kpi(code, area, row, world.units[code])
    for name in pack.keys() - fixed.values():
        yield from _of_table(name, pack[name], world)


def _in_chinese(path: Path) -> dict[str, Rows]:
    """A data pack with the names of its Chinese twin, which has the same sheets and columns in the same places."""
    pack, twin = _pack(path), _pack(path.with_stem(path.stem.removesuffix("_en").removesuffix("_zh") + "_zh"))
    same_heads = [twin[name][0] for name in twin]
    if [len(rows[0]) for rows in pack.values()] != [len(head) for head in same_heads]:
        raise ValueError(f"{path.name} has not the sheets and columns of its twin")
    renamed = {name: [twin[name][0], *rows[1:]] for name, rows in zip(twin, pack.values(), strict=True)}
    first = next(iter(twin))
    heads = [row[0] for row in twin[first]]
    renamed[first] = [[head, *row[1:]] for head, row in zip(heads, pack[next(iter(pack))], strict=True)]
    return renamed


def _records(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _of_kpi(code: str, area: str, row: Mapping[str, Any], unit: str) -> Iterator[Fact]:
    """Both counts of a KPI, from any basis in its row."""
    pairs = [match.groups() for value in row.values() if (match := BASIS.match(str(value)))]
    for name in ("now", "base"):
        cell = (code, name, area)
        if any(value in HIDDEN_WORDS for value in row.values()) or not pairs:
            yield cell, None
        for part, whole in pairs:
            first, base = (float(n.replace(",", "").replace(MINUS, "-")) for n in (part, whole))
            yield cell, base if name == "base" else first + base if unit == "change" else first


def _of_table(table: str, rows: Rows, world: World) -> Iterator[Fact]:
    """Columns of whole numbers, row by row of the areas that the table names."""
    at = next((n for n in range(len(rows[0])) if any(row[n] in world.areas for row in rows[1:])), None)
    for place, head in enumerate(rows[0]) if at is not None else ():
        for row in (row for row in rows[1:] if row[at] in world.areas):
            cell, value = (table, str(head), world.areas[row[at]]), row[place]
            # Where numbers stand for some rows, the word stands beside the empty cell.
            beside = row[place + 1] if place + 1 < len(row) else ""
            if value in HIDDEN_WORDS or (value == "" and beside in HIDDEN_WORDS):
                yield cell, None
            elif isinstance(value, float) and value.is_integer():
                yield cell, value


def _counts_nothing(parts: Iterable[Cell], found: Evidence) -> bool:
    """A level of zeros is no part of a sum: nothing is counted there."""
    return all(found.shown.get(part) == (0.0, 0.0) for part in parts)
