"""The page of the ledger: whole, in both languages, asking nothing from anywhere, and plain about what failed."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from reporting.brief import Text
from reporting.ledger import CLASSES, THEMES, VERDICTS, Entry, page, tally

TITLE = Text("重放", "replay")
VOID = {"meta", "link", "br"}


def entry(figure_id: str, figure_class: str = "D", verdict: str = "reproduced", **more: object) -> Entry:
    values: dict[str, object] = {
        "figure_id": figure_id, "theme": "grid", "figure_class": figure_class, "name_zh": "网格员",
        "name_en": "Grid workers", "quote": "20409名", "value_written": "20409名", "value_en": "20,409",
        "area_name": "大连市", "as_of": date(2023, 4, 21), "source": "新闻发布会（S003）", "formula_zh": "在册数",
        "formula_en": "register count", "measure": "count", "measured_text": "20,409", "is_truncated": False,
        "is_delivered": True, "expectation": verdict, "verdict": verdict, "working_zh": "公布20409名；本库实测20,409",
        "working_en": "published 20,409; measured here 20,409", "other_figure": None, "note_zh": None, "note_en": None,
    }  # fmt: skip
    return Entry(**(values | more))  # type: ignore[arg-type]


ENTRIES = [
    entry("F041a"),
    entry("F020c", "A", "not_reproduced", working_zh="<b>2,240 ÷ 2,385</b>"),
    entry("F047c", "X", "contradictory", other_figure="F041a", note_zh="规划与结果", note_en="plan and result"),
    entry("X05.top_three_share", "E", "external", theme="method", is_truncated=True, area_name=None, as_of=None),
]


def rendered(entries: list[Entry], *, is_synthetic: bool = False) -> str:
    return page(entries, title=TITLE, is_synthetic=is_synthetic).decode()


class Balance(HTMLParser):
    """Fails where a tag is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_figure_stands_on_the_page_in_both_languages() -> None:
    html = rendered(ENTRIES)
    for one in ENTRIES:
        assert f'<tr id="{one.figure_id}">' in html
        assert VERDICTS[one.verdict].zh in html
        assert VERDICTS[one.verdict].en in html
        assert one.name_zh in html
        assert one.name_en in html
        assert one.source in html
    assert 'href="#F041a"' in html
    assert "cut off, not rounded" in html
    assert "plan and result" in html


def test_the_page_is_well_formed_and_asks_nothing_from_anywhere() -> None:
    html = rendered(ENTRIES)
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert not re.search(r"https?:|//|<script|<img|@import|url\(", html)
    assert "<b>2,240" not in html, "what a seed says is text"
    assert "&lt;b&gt;2,240" in html


def test_a_failure_stands_first_and_a_success_says_what_it_means() -> None:
    assert "1 个数字未复现" in rendered(ENTRIES)
    assert "F020c." in rendered(ENTRIES)
    assert "均与台账相符" in rendered(ENTRIES[:1])


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_synthetic_data_say_so(is_synthetic: bool) -> None:
    assert ("模拟数据" in rendered(ENTRIES, is_synthetic=is_synthetic)) is is_synthetic


def test_the_same_entries_give_the_same_bytes() -> None:
    assert page(ENTRIES, title=TITLE, is_synthetic=True) == page(ENTRIES, title=TITLE, is_synthetic=True)


def test_counts_come_by_class_and_verdict() -> None:
    assert tally(ENTRIES) == {
        "A": {"not_reproduced": 1},
        "D": {"reproduced": 1},
        "X": {"contradictory": 1},
        "E": {"external": 1},
    }
    assert set(tally(ENTRIES)) <= set(CLASSES)
    assert {one.theme for one in ENTRIES} <= set(THEMES)
