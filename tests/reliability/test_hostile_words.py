"""What stands in a hostile text comes out of every writer as text; and no text makes a pattern take for ever."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any
from xml.etree import ElementTree

import pytest

import ingestion
from ingestion.address import building
from ingestion.contract import load_contracts
from ingestion.settings import Settings, load_settings
from ingestion.written_number import canonical
from reporting import docx, html, xlsx
from reporting.brief import Brief, Bullets, Cell, Column, Section, Table
from reporting.site import write_site
from reporting.snapshot import payload
from reporting.words import same
from tests.reliability.figures import record
from tests.reliability.hostile import TEXTS
from tests.reporting.sample_brief import sample
from tests.site import site_home
from warehouse.engine import connect

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SIGNS = tuple("=+-@＝＋－＠")
PLACES = ("title", "area", "period", "units", "label", "warning", "provenance")
QUICK = 5.0  # seconds; what takes the square of its text would take hours
PATTERNS = sorted(
    {c.pattern for contract in load_contracts(load_settings()).values() for c in contract.columns if c.pattern}
)
sent: Counter[str] = Counter()
kept: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def figures() -> Iterator[None]:
    """What was sent, and what came out as it should."""
    yield
    record("hostile.words", payloads=sent.total(), as_expected=kept.total(), by_kind=dict(sorted(sent.items())))


def brief(words: list[str]) -> Brief:
    """A brief with a text in each of its places, and all of them in a table."""
    texts = [same(word) for word in words]
    table = Table((Column("a", texts[0]), Column("b", texts[1])), tuple((Cell(t), Cell(t)) for t in texts), texts[2])
    section = Section("t", texts[3], texts[4], (table, Bullets(tuple(texts))))
    definition = replace(sample().definitions[0], name=texts[5], formula=texts[6], exclusions=texts[7], owner=texts[8])
    places: dict[str, Any] = dict(zip(PLACES, texts[9:], strict=False))
    return replace(
        sample(),
        **places,
        highlights=tuple(texts),
        concerns=tuple(texts),
        sections=(section,),
        definitions=(definition,),
    )


PLANTED, HARMLESS = brief([*TEXTS]), brief([f"样例{number}" for number in range(len(TEXTS))])


class Page(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.text += data


def parts(content: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return {name: ElementTree.fromstring(archive.read(name)) for name in names}


def test_a_page_has_the_elements_of_a_harmless_one_and_every_text() -> None:
    sent["HTML brief"] += len(TEXTS)
    planted, harmless = (Page(html.page(payload(each, "zh")).decode()) for each in (PLANTED, HARMLESS))
    assert planted.elements == harmless.elements
    assert [text for text in TEXTS if text not in planted.text] == []
    kept["HTML brief"] += len(TEXTS)


def test_a_document_has_the_elements_of_a_harmless_one_and_every_text() -> None:
    sent["DOCX brief"] += len(TEXTS)
    planted, harmless = (parts(docx.document(each, "zh")) for each in (PLANTED, HARMLESS))
    for name, part in harmless.items():
        assert [element.tag for element in planted[name].iter()] == [element.tag for element in part.iter()]
    text = "".join(planted["word/document.xml"].itertext())
    assert [text_ for text_ in TEXTS if text_ not in text] == []
    kept["DOCX brief"] += len(TEXTS)


def test_the_data_pack_holds_no_formula_and_marks_what_looks_like_one() -> None:
    sent["XLSX data pack"] += len(TEXTS)
    found = parts(xlsx.workbook(PLANTED, "zh"))
    shared = ["".join(item.itertext()) for item in found["xl/sharedStrings.xml"].iter(f"{MAIN}si")]
    looks = list(next(found["xl/styles.xml"].iter(f"{MAIN}cellXfs")))
    seen: set[str] = set()
    for name, sheet in found.items():
        assert not [*sheet.iter(f"{MAIN}f")], name
        assert 'TargetMode="External"' not in str(ElementTree.tostring(sheet)), name
        for cell in sheet.iter(f"{MAIN}c") if "worksheets" in name else ():
            text = shared[int(cell.findtext(f"{MAIN}v", ""))] if cell.get("t") == "s" else ""
            seen.add(text.replace("_x005F_", "_"))
            if text.startswith(SIGNS):
                assert looks[int(cell.get("s", "0"))].get("quotePrefix") == "1", f"{name} {cell.get('r')}"
    assert set(TEXTS) <= seen
    kept["XLSX data pack"] += len(TEXTS)


def test_the_site_has_the_elements_of_a_harmless_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent["site"] += len(TEXTS)
    pages: dict[str, dict[str, Page]] = {}
    for name, word in (("harmless", "样例区"), ("planted", "".join(TEXTS))):
        monkeypatch.setattr(site_home, "HOSTILE", word)
        settings = site_home.make_home(tmp_path / name)
        write_site(settings)
        found = sorted(path for path in settings.site.rglob("*.html") if path.name != "models.html")
        pages[name] = {str(path.relative_to(settings.site)): Page(path.read_text("utf-8")) for path in found}
    assert {name: page.elements for name, page in pages["planted"].items()} == {
        name: page.elements for name, page in pages["harmless"].items()
    }
    assert any("".join(TEXTS) in page.text for page in pages["planted"].values())
    kept["site"] += len(TEXTS)


def nested(items: Any, within: bool = False) -> bool:
    """Whether a repeat without end holds another of no fixed length: such a pattern may take for ever."""
    for kind, said in items:
        if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            low, high, inner = said
            if (within and high != low) or nested(inner, within or high is _constants.MAXREPEAT):
                return True
        inside = {_constants.SUBPATTERN: said[-1:], _constants.BRANCH: said[1]} if isinstance(said, tuple) else {}
        if any(nested(part, within) for part in inside.get(kind, ())):
            return True
    return False


def test_no_pattern_of_ours_repeats_a_repeat() -> None:
    assert [nested(_parser.parse(pattern)) for pattern in ("(a+)+$", "(a|b*)*", "([0-9]{2};)*", "a+b+")] == [
        True,
        True,
        False,
        False,
    ]
    names = [
        found.name for found in pkgutil.walk_packages(ingestion.__path__, "ingestion.") if "__main__" not in found.name
    ]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    ours = {value.pattern for value in values if isinstance(value, re.Pattern)} | {*PATTERNS}
    sent["patterns"] += len(ours)
    assert len(ours) > len(PATTERNS) > 5
    assert [pattern for pattern in ours if nested(_parser.parse(pattern))] == []
    kept["patterns"] += len(ours)


@pytest.mark.parametrize("piece", ["1", "1-", "a", "三", "1,", "近", "(", "1;", "=", "{{", "<a x='"])
def test_no_text_makes_a_pattern_or_a_reading_slow(tmp_path: Path, piece: str) -> None:
    sent["texts without end"] += 1
    text, settings = piece * 200_000 + "!", Settings(home=tmp_path, key_file=tmp_path / "key", memory="1GB")
    begun = time.process_time()
    with connect(":memory:", settings=settings) as con:
        for pattern in PATTERNS:
            assert con.execute("SELECT regexp_full_match($1, $2)", [text, pattern]).fetchone() == (False,)
    building(text)
    assert canonical(text) is None
    assert time.process_time() - begun < QUICK
    kept["texts without end"] += 1
