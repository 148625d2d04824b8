"""The Word document: every word of the brief, the layout of offices, tables and links that are real."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from reporting.brief import LANGUAGES, Cell, Column, Language, Section, Table
from reporting.docx import document
from reporting.paper import LINK, TABLE_STYLE
from reporting.raster import png_of
from reporting.words import same
from reporting.words_of_office import numbered, ordinal
from tests.reporting.sample_brief import PLANTED, SVG, sample
from tests.reporting.strings import strings


def opened(content: bytes) -> Document:
    return docx.Document(BytesIO(content))


def text_of(found: Document) -> str:
    """All paragraphs, those of tables and links too, with the descriptions of pictures."""
    body = found.element.body
    lines = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]
    return "\n".join([*lines, *(str(d.get("descr")) for d in body.iter(qn("wp:docPr")))])


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: Any) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def content(language: Language) -> bytes:
    return document(sample(), language)


def test_every_word_of_the_brief_stands_in_it(content: bytes, language: Language) -> None:
    text = text_of(opened(content))
    limited = replace(sample(rows=8))
    assert [s for s in strings(limited, language) if s not in text] == []


def test_what_no_xml_may_hold_is_left_out_everywhere() -> None:
    found = opened(document(replace(sample(), title=same("月报\x1f二"), label=same("\x00甲")), "zh"))
    assert (found.core_properties.title, "\n月报二\n" in text_of(found)) == ("月报二", True)


def test_the_same_brief_gives_the_same_bytes(content: bytes, language: Language) -> None:
    assert document(sample(), language) == content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"
    core = opened(content).core_properties
    assert (f"{core.created:%Y-%m-%d}", core.author, core.comments) == ("2026-01-31", "", "")


def test_page_and_type_area_follow_the_standard(content: bytes) -> None:
    (section,) = opened(content).sections
    page = [section.page_width, section.page_height, section.top_margin, section.left_margin]
    assert [round(length.mm) for length in page] == [210, 297, 37, 28]
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    assert [round(width / 36000), round(height / 36000)] == [156, 225]


def test_the_styles_name_the_fonts_of_the_standard() -> None:
    styles = opened(document(sample(), "zh")).styles
    wanted = {
        "Title": ("方正小标宋简体", 22),
        "Normal": ("仿宋_GB2312", 16),
        "Heading 1": ("黑体", 16),
        "Heading 2": ("楷体_GB2312", 16),
        "Footer": ("宋体", 14),
    }
    for name, (font, size) in wanted.items():
        fonts = styles[name].element.rPr.rFonts
        assert (fonts.get(qn("w:eastAsia")), styles[name].font.size.pt) == (font, size)
        assert not [key for key in fonts.attrib if "Theme" in key], "a theme would win over the name"
    assert styles["Normal"].paragraph_format.line_spacing.pt == 28
    with zipfile.ZipFile(BytesIO(document(sample(), "zh"))) as archive:
        assert not [
            name for name in archive.namelist() if "font" in name.lower() and not name.endswith("fontTable.xml")
        ]


def test_the_english_document_asks_for_no_chinese_font() -> None:
    fonts = opened(document(sample(), "en")).styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "Times New Roman"


def test_parts_are_headings_with_their_numbers() -> None:
    found = opened(document(sample(), "zh"))
    first = [p.text for p in found.paragraphs if p.style and p.style.name == "Heading 1"]
    assert first[:4] == ["一、要点", "二、需关注", "三、全市指标", "四、每日诉求量"]
    (second,) = [p.text for p in found.paragraphs if p.style and p.style.name == "Heading 2"]
    assert second == "（一）诉求量：两个平台并列，不相加"
    assert [ordinal(n) for n in (1, 10, 11, 20, 25)] == ["一", "十", "十一", "二十", "二十五"]
    assert numbered(same("x"), 3, 2).en == "3.2 x"


def test_the_label_is_on_the_first_line_and_on_every_page() -> None:
    found = opened(document(sample(), "zh"))
    (section,) = found.sections
    label = "模拟数据 SYNTHETIC DATA"
    assert found.paragraphs[0].text == label
    assert [h.paragraphs[0].text for h in (section.header, section.even_page_header)] == [label, label]
    bare = opened(document(replace(sample(), label=None), "zh"))
    assert label not in text_of(bare) + bare.sections[0].header.paragraphs[0].text


def test_pages_are_numbered_between_dashes(content: bytes) -> None:
    (section,) = opened(content).sections
    for footer in (section.footer, section.even_page_footer):
        xml = footer.paragraphs[0]._p.xml
        assert re.search(r'— .*w:instr="PAGE".* —', xml, re.DOTALL)


def test_tables_repeat_their_head_and_keep_rows_whole(content: bytes) -> None:
    tables = opened(content).tables
    assert len(tables) == 4, "single cards, the group, the ranking, what was counted"
    for table in tables:
        assert table.style is not None
        assert table.style.name == TABLE_STYLE
        heads = [row._tr.find(".//" + qn("w:tblHeader")) is not None for row in table.rows]
        assert heads == [True, *[False] * (len(heads) - 1)]
        assert all(row._tr.find(".//" + qn("w:cantSplit")) is not None for row in table.rows)
        assert round(sum(cell.width for cell in table.rows[0].cells) / 36000) == 156


def test_a_table_prints_its_limit_and_says_what_remains() -> None:
    found = opened(document(sample(rows=12), "zh"))
    ranking = next(t for t in found.tables if t.rows[0].cells[1].text == "单位")
    assert len(ranking.rows) == 1 + 8
    assert "另有4行，见数据表格（XLSX）。" in text_of(found)
    assert "另有" not in text_of(opened(document(sample(rows=8), "zh")))


def test_an_empty_table_says_so() -> None:
    assert "昨日没有停运的换热站。" in text_of(opened(document(sample(), "zh")))


def test_names_of_kpis_lead_to_their_definitions(content: bytes) -> None:
    body = opened(content).element.body
    bookmarks = [b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))]
    anchors = [a.get(qn("w:anchor")) for a in body.iter(qn("w:hyperlink"))]
    assert bookmarks == ["definition_1"]
    assert set(anchors) == set(bookmarks)
    assert len(anchors) == 7 + 1 + 1, "each card, a head of the ranking, what was counted"
    assert opened(content).styles[LINK] is not None


def test_pictures_have_a_description_and_are_the_same_each_time(content: bytes, language: Language) -> None:
    found = opened(content)
    (shape,) = found.inline_shapes
    assert shape._inline.docPr.get("descr") == ("一张图" if language == "zh" else "A picture")
    assert shape.width.mm <= 156
    assert png_of(SVG.format(word="诉求")) == png_of(SVG.format(word="诉求"))
    assert png_of(SVG.format(word="诉求")) != png_of(SVG.format(word="")), "words are drawn"


def test_what_is_planted_is_text_and_nothing_is_asked_outside(content: bytes) -> None:
    assert PLANTED in text_of(opened(content))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        relations = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels")]
        body = archive.read("word/document.xml").decode()
    assert not [text for text in relations if 'TargetMode="External"' in text]
    assert set(re.findall(r'w:instr="([^"]*)"', body)) == set()
    assert "w:instrText" not in body


def test_a_character_that_no_xml_may_hold_is_left_out() -> None:
    table = Table((Column("a", same("A")),), ((Cell(same("one\x0b\x00two")),),), same("–"))
    brief = replace(sample(), sections=(Section("t", same("T"), same(""), (table,)),))
    assert "onetwo" in text_of(opened(document(brief, "en")))


def test_a_brief_without_concerns_or_sections_is_written() -> None:
    brief = replace(sample(), sections=(), definitions=(), concerns=(), warning=same("不满月"))
    text = text_of(opened(document(brief, "zh")))
    assert "按既定规则，没有需要特别关注的变化。" in text
    assert "不满月" in text
    places = [text.index(word) for word in ("不满月", "一、要点", "二、需关注", "数据截至")]
    assert all(first < second for first, second in pairwise(places))
