"""The printed page and the page on screen say all of a brief, alike, twice the same, and break well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pypdfium2
import pytest

from ingestion.errors import ContractError
from reporting import fonts, html, pdf
from reporting.brief import (
    LANGUAGES,
    Brief,
    Bullets,
    CardGroup,
    Cards,
    Cell,
    Column,
    Language,
    Section,
    Table,
    Text,
    in_language,
)
from reporting.drawing.palette import VARIABLES
from reporting.layout import laid_out
from reporting.words import labels
from tests.reporting.sample_brief import NONE, PLANTED, card, same, sample, table

WORDS = {
    "more_rows": Text("另有{n}行，见数据包", "{n} more rows in the data pack"),
    "definitions_pointer": Text("指标口径见第{n}页", "Definitions on page {n}"),
    "skip": Text("跳到正文", "Skip to the brief"),
    "contents": Text("本页内容", "On this page"),
}
NOT_PRINTED = {
    "block",
    "kpi_code",
    "name",
    "style",
    "width",
    "tone",
    "axis_mark",
    "bar",
    "low",
    "high",
    "spark",
    "limit",
}
STYLE = (html.TEMPLATES / "brief.css").read_text(encoding="utf-8")


def payload(brief: Brief, language: Language) -> dict[str, Any]:
    return {
        **in_language(brief, language),
        "language": language,
        "labels": in_language(labels("monthly") | WORDS, language),
    }


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("\ufffe", "").replace("\u00a0", ""))


def pages(document: bytes) -> list[str]:
    opened = pypdfium2.PdfDocument(document)
    return [squeezed(opened[n].get_textpage().get_text_bounded()) for n in range(len(opened))]


def on_screen(page: bytes) -> str:
    body = re.sub(r"<style>.*?</style>", "", page.decode("utf-8"), flags=re.DOTALL)
    return squeezed(unescape(re.sub(r"<[^>]+>", "", body)))


def said(value: Any, inside: str = "") -> Iterator[str]:
    """Every string of a payload's sections that a reader must find; of a table only the rows up to its limit."""
    if isinstance(value, dict):
        if value.get("block") == "table":
            value = {**value, "rows": value["rows"][: value["limit"] or None]}
            value = {**value, "empty": "" if value["rows"] else value["empty"]}
        if value.get("block") == "picture":
            value = {"svg": re.sub(r"<[^>]+>", " ", value["svg"])}
        is_named = "kpi_id" in value
        for key, item in value.items():
            if key not in NOT_PRINTED or (key == "name" and is_named):
                yield from said(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from said(item, inside)
    elif isinstance(value, str) and inside not in ("number", "numerator", "denominator") and value.strip():
        yield value


def everything(content: dict[str, Any]) -> Iterator[str]:
    yield from (content[key] for key in ("title", "area", "period", "units", "label", "provenance"))
    yield from (*content["highlights"], *content["concerns"])
    yield from said(content["sections"])
    for definition in content["definitions"]:
        yield from (
            definition[key] for key in ("kpi_id", "kpi_code", "name", "formula", "exclusions", "basis", "owner")
        )
        yield from definition["waterfall"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_of_the_brief_is_in_print_and_on_screen(language: Language) -> None:
    content = payload(sample(), language)
    printed, screen = "".join(pages(pdf.document(content))), on_screen(html.page(content))
    strings = [*map(squeezed, everything(content))]
    assert len(strings) > 150
    assert [text for text in strings if text not in printed] == []
    assert [text for text in strings if text not in screen] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_brief_gives_the_same_bytes(language: Language) -> None:
    content = payload(sample(), language)
    for write in (pdf.document, pdf.picture, html.page):
        assert write(content) == write(payload(sample(), language)), write.__name__


def test_what_looks_like_markup_stays_text() -> None:
    content = payload(sample(), "en")
    page = html.page(content)
    assert b"<script" not in page
    assert squeezed(PLANTED) in on_screen(page)
    assert squeezed(PLANTED) in "".join(pages(pdf.document(content)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_outside_and_its_links_stay_inside(language: Language) -> None:
    page = html.page(payload(sample(), language)).decode("utf-8")
    assert set(re.findall(r"url\(([a-z]+:[a-z]+/[a-z]+)", page)) == {"data:font/woff"}
    bare = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.findall(r"""https?:|//|<script\b|<link|@import|src=|href="[^#]|<[^>]*\bon[a-z]+=""", bare)
    assert "default-src 'none'" in bare
    anchors = re.findall(r'id="([^"]+)"', bare)
    assert len(anchors) == len(set(anchors)), "an anchor stands once"
    assert set(re.findall(r'href="#([^"]+)"', bare)) <= set(anchors)
    assert "kpi-hotline.on_time_rate" in anchors


def test_a_kpi_without_a_definition_is_not_linked() -> None:
    bare = replace(sample(), definitions=())
    assert b"#kpi-" not in html.page(payload(bare, "en"))
    assert pages(pdf.document(payload(bare, "en")))


def test_rows_over_the_limit_are_said_to_be_in_the_data_pack() -> None:
    content = payload(sample(rows=1212), "zh")
    for text in ("".join(pages(pdf.document(content))), on_screen(html.page(content))):
        assert "另有1,204行，见数据包" in text
        assert "第8街道" in text
        assert "第9街道" not in text


def long_table(rows: int, *, name: str = "long") -> Section:
    return Section(name, Text("很长的表", "A long table"), NONE, (replace(table(rows), limit=0),))


def of(*sections: Section) -> dict[str, Any]:
    return payload(replace(sample(), sections=sections), "zh")


def test_a_table_longer_than_a_page_repeats_its_head_and_prints_every_row() -> None:
    found = [page for page in pages(pdf.document(of(long_table(130)))) if "街道" in page]
    assert len(found) > 2
    assert all("分子/分母环比诉求量" in page for page in found)
    printed = "".join(found)
    assert [n for n in range(2, 130) if f"第{n + 1}街道" not in printed] == []


@pytest.mark.parametrize("filler", range(40, 58, 3))
def test_a_title_is_never_alone_at_the_foot_of_a_page(filler: int) -> None:
    lines = Bullets(tuple(same(f"n{n}") for n in range(filler)))
    found = pages(pdf.document(of(Section("filler", NONE, NONE, (lines,)), long_table(60))))
    (page,) = (page for page in found if "很长的表" in page)
    assert all(f"第{n}街道" in page for n in (1, 3))


def test_a_card_is_never_split() -> None:
    cards = tuple(replace(card(same(f"[{n}]"), "1%", "-"), as_of=same(f"<{n}>")) for n in range(40))
    found = pages(pdf.document(of(Section("cards", NONE, NONE, (Cards(cards),)))))
    assert len(found) > 2
    for n in range(40):
        assert [f"[{n}]" in page for page in found] == [f"<{n}>" in page for page in found]


def test_a_table_of_very_many_columns_stays_on_the_paper() -> None:
    columns = tuple(Column(f"c{n}", same(f"Column {n}"), "count") for n in range(14))
    rows = (tuple(Cell(same("1,234,567")) for _ in columns),)
    document = pypdfium2.PdfDocument(pdf.document(of(Section("t", NONE, NONE, (Table(columns, rows, NONE),)))))
    text = document[0].get_textpage()
    width = document[0].get_width()
    assert max(text.get_charbox(n)[2] for n in range(text.count_chars())) < width - 40


def test_a_glyph_the_font_lacks_is_refused_with_its_place() -> None:
    content = payload(sample(), "zh")
    content["sections"][2]["blocks"][0]["rows"][3][1]["text"] = "\U00020bb7区"
    with pytest.raises(ContractError, match=r"U\+20BB7\) in sections\[2\]\.blocks\[0\]\.rows\[3\]\[1\]\.text"):
        fonts.check_coverage(content)


def test_a_control_character_is_refused_by_name_and_never_printed() -> None:
    content = payload(replace(sample(), title=same("月报\x1f")), "zh")
    with pytest.raises(ContractError, match=r"glyph missing: – \(U\+001F\) in title"):
        fonts.check_coverage(content)


def test_the_picture_is_the_whole_first_page() -> None:
    content = payload(replace(sample(), sections=(*sample().sections, long_table(130))), "zh")
    picture = pdf.picture(content)
    size = (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big"))
    whole = pdf.compiler(pdf.BRIEF).compile(
        format="png", ppi=pdf.PICTURE_DPI, sys_inputs={"brief": pdf._written(content)}
    )
    assert isinstance(whole, list)
    assert len(whole) > 3
    assert (picture[:4], size) == (b"\x89PNG", (1191, 1684))
    assert whole[0] == picture


def test_a_wide_and_the_narrow_sections_beside_it_stand_side_by_side() -> None:
    def section(name: str, width: Any) -> Section:
        return Section(name, same(name), NONE, (), width)

    widths = ("full", "wide", "narrow", "narrow", "wide", "narrow", "full", "narrow", "full", "narrow", "wide")
    brief = replace(sample(), sections=tuple(section(f"s{n}", width) for n, width in enumerate(widths)))
    parts = [
        tuple([s["name"] for s in part[side]] for side in ("left", "right"))
        for part in laid_out(payload(brief, "en"))["parts"]
    ]
    assert parts == [
        (["s0"], []),
        (["s1"], ["s2", "s3"]),
        (["s4"], ["s5"]),
        (["s6"], []),
        (["s7"], []),
        (["s8"], []),
        (["s10"], ["s9"]),
    ]


def test_a_group_of_cards_leaves_no_hole_before_it() -> None:
    def one(n: int) -> Any:
        return card(same(str(n)), "1%", "-")

    group = CardGroup(same("group"), NONE, (one(1), one(2)))
    block = Cards((one(1), one(2), one(3), group, one(4), one(5)))
    laid = laid_out(payload(replace(sample(), sections=(Section("c", NONE, NONE, (block,)),)), "en"))
    rows = laid["sections"][0]["blocks"][0]["rows"]
    assert [[item.get("title", item.get("name")) for item in row] for row in rows] == [
        ["1", "2", "3", "4"],
        ["group", "5"],
    ]


def test_a_bar_in_a_column_of_figures_is_drawn_beside_them() -> None:
    columns = (Column("unit", same("Unit")), Column("rate", same("Rate"), "rate", axis_mark="90"))
    rows = ((Cell(same("A")), Cell(same("96.5%"), bar="96.5", low="91", high="130")),)
    content = of(Section("t", NONE, NONE, (Table(columns, rows, NONE),)))
    page = html.page(content).decode("utf-8")
    assert '<i style="width: 96.5%">' in page
    assert '<u style="left: 91.0%; width: 9.0%">' in page, "nothing is drawn over the end of the axis"
    assert '<b style="left: 90.0%">' in page
    assert "96.5%" in pages(pdf.document(content))[0]


def variables(scheme: str) -> dict[str, str]:
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", STYLE.split("@media")[0]))
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", STYLE.split("@media")[1]))
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper_in_both_schemes(scheme: str) -> None:
    colours = variables(scheme)
    pairs = [(ink, ground) for ink in ("ink", "soft", "navy", "better", "worse") for ground in ("paper", "tint")]
    assert [pair for pair in pairs if contrast(*(colours[name] for name in pair)) < 4.5] == []


def test_every_colour_of_a_drawing_has_its_like_on_a_dark_screen() -> None:
    assert set(VARIABLES.values()) <= set(variables("dark"))
    page = html.page(payload(sample(), "en")).decode("utf-8")
    assert all(f'.picture [fill="{colour}"]' in page for colour in VARIABLES)
