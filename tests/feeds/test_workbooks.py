"""Workbooks are what their bytes say: xlsx, old xls, or an HTML page under the name of one."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ingestion.contract import load_contracts
from ingestion.inbox import deliveries
from ingestion.land import land_feed
from ingestion.readers import workbook
from ingestion.readers.html_table import page_text, read_tables
from ingestion.receipts import Receipt
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import headers, seal, write_delivery
from tests.feeds.landed import landed
from tests.feeds.old_xls import write_old_xls

CONTRACTS = load_contracts(load_settings())
EVENTS = CONTRACTS["hotline_province_event"]  # *.xls
CASES = CONTRACTS["hotline_province"]  # *.xlsx
EVENT = EVENTS.examples[0].source
CASE = CASES.examples[0].source


def page(rows: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body>{rows}</body></html>"


def table(*rows: list[str]) -> str:
    return (
        "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"
    )


EVENT_TABLE = table(["样例"], headers(EVENTS), [str(EVENT[name]) for name in headers(EVENTS)])


def land(settings: Settings, feed: str, name: str, content: bytes) -> Receipt:
    path = settings.inbox / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    seal(path)
    return land_feed(settings, feed).receipts[0]


def write_cases(path: Path, cells: dict[str, Any], *, hidden: str = "") -> None:
    """One case with typed cells; moments are Excel's serial numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        moment = book.add_format({"num_format": "yyyy/m/d h:mm"})
        other, sheet = book.add_worksheet("历史"), book.add_worksheet(CASES.format.sheet)
        other.write_row(1, 0, ["别的"])
        if hidden:
            {"历史": other, CASES.format.sheet: sheet}[hidden].hide()
            (sheet if hidden == "历史" else other).activate()
        sheet.write_row(1, 0, headers(CASES))
        for column, name in enumerate(headers(CASES)):
            value = cells[name]
            if isinstance(value, datetime):
                sheet.write_datetime(2, column, value, moment)
            else:
                sheet.write(2, column, value)
    seal(path)


def test_an_xlsx_is_read_under_the_name_of_an_xls(settings: Settings, tmp_path: Path) -> None:
    made = write_delivery(EVENTS, [EVENT], tmp_path / "made.xlsx")
    assert land(settings, EVENTS.feed, "a.xls", made.read_bytes()).landed == 1


def test_a_page_is_read_under_the_name_of_an_xlsx(settings: Settings, tmp_path: Path) -> None:
    made = write_delivery(CASES, [CASE], tmp_path / "made.xls")
    assert land(settings, CASES.feed, "a.xlsx", made.read_bytes()).landed == 1


def test_an_old_xls_is_read_with_its_moments(settings: Settings, tmp_path: Path) -> None:
    rows: list[list[str | float]] = [
        ["样例"],
        list(headers(EVENTS)),
        ["P1", "S1", "回复", 46027.75, "样例热力", 46028.0],
    ]
    write_old_xls(tmp_path / "made.xls", "流转记录", rows, dated={3, 5})
    assert land(settings, EVENTS.feed, "a.xls", (tmp_path / "made.xls").read_bytes()).landed == 1
    row = landed(settings, EVENTS.feed)[0]
    assert (row["occurred_at"], row["due_at"]) == (datetime(2026, 1, 5, 18), datetime(2026, 1, 6))


def test_a_growing_xls_or_page_waits(settings: Settings, tmp_path: Path) -> None:
    write_old_xls(tmp_path / "made.xls", "流转记录", [["样例"]])
    folder = settings.inbox / EVENTS.feed
    folder.mkdir(parents=True)
    for name, whole in (("a.xls", (tmp_path / "made.xls").read_bytes()), ("b.xls", page(EVENT_TABLE).encode())):
        (folder / name).write_bytes(whole)
        (folder / f"half-{name}").write_bytes(whole[: len(whole) // 2])
    found = {delivery.path.name: delivery.is_complete for delivery in deliveries(settings, EVENTS)}
    assert found == {"a.xls": True, "b.xls": True, "half-a.xls": False, "half-b.xls": False}


def test_moments_numbers_and_text_numbers_are_what_a_person_would_have_typed(settings: Settings) -> None:
    typed = {
        "编号": 2026010500009,
        "诉求人电话": 10000000002,
        "受理时间": datetime(2026, 1, 5, 8, 30, 1),
        "答复时限": datetime(2026, 2, 3),
    }
    write_cases(settings.inbox / CASES.feed / "a.xlsx", CASE | typed)
    plain = {
        "编号": "'2026010500010",
        "诉求人电话": "10000000002",
        "受理时间": "2026-01-05 08:30:01",
        "答复时限": "2026-02-03 00:00:00",
    }
    write_cases(settings.inbox / CASES.feed / "b.xlsx", CASE | plain)
    assert land_feed(settings, CASES.feed).landed_rows == 2
    first, second = landed(settings, CASES.feed)
    assert (first["case_no"], second["case_no"]) == ("2026010500009", "2026010500010")
    assert first["due_at"] == datetime(2026, 2, 3), "a moment at midnight is a moment"
    assert {name: first[name] for name in ("received_at", "due_at", "caller_token")} == {
        name: second[name] for name in ("received_at", "due_at", "caller_token")
    }


def test_other_sheets_may_be_hidden_but_not_the_one_that_is_read(settings: Settings) -> None:
    write_cases(settings.inbox / CASES.feed / "a.xlsx", CASE, hidden="历史")
    assert land_feed(settings, CASES.feed).landed_rows == 1
    write_cases(settings.inbox / CASES.feed / "b.xlsx", CASE, hidden=str(CASES.format.sheet))
    receipt = land_feed(settings, CASES.feed).receipts[0]
    assert (receipt.status, receipt.rule) == ("refused", "sheet")
    assert "hides" in str(receipt.message)


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "<meta charset=gb2312>"),
        ("gb18030", "<meta http-equiv=Content-Type content='text/html; charset=GB2312'>"),
        ("gb18030", ""),
        ("gb18030", "<meta charset=utf-8>"),
        ("utf-16", ""),
    ],
)
def test_a_page_is_decoded_by_its_mark_its_word_or_by_trial(settings: Settings, encoding: str, head: str) -> None:
    assert land(settings, EVENTS.feed, "a.xls", page(EVENT_TABLE, head).encode(encoding)).landed == 1
    assert landed(settings, EVENTS.feed)[0]["unit_name"] == "样例热力公司"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"<html>please log in</html>", "workbook"),
        (b"<table><tr><td>\xff\xff\xff</td></tr></table>", "encoding"),
        (page(table(["样例"])).encode(), "header"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook"),
        (b"PK\x03\x04 and nothing more", "workbook"),
        (b"<table><tr><td colspan=1000 rowspan=65000>" + b"<tr><td>x" * 6_000, "too_large"),
    ],
)
def test_what_is_no_table_is_refused(settings: Settings, content: bytes, rule: str) -> None:
    receipt = land(settings, EVENTS.feed, "a.xls", content)
    assert (receipt.status, receipt.rule) == ("refused", rule)


def test_a_page_made_to_take_for_ever_gets_the_time_of_its_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "PAGE_SECONDS", 1)
    receipt = land(settings, EVENTS.feed, "a.xls", b"<table>" + b"<a x='" * 40_000)
    assert (receipt.rule, "or 1 s to read" in str(receipt.message)) == ("too_large", True)


def test_the_table_that_holds_the_header_is_taken(settings: Settings) -> None:
    menu = table(["首页"], ["帮助"], ["退出"])
    content = page(f"{menu}<table><tr><td>{EVENT_TABLE}</td></tr><tr><td>x</td></tr></table>{menu}")
    assert land(settings, EVENTS.feed, "a.xls", content.encode()).landed == 1


def test_spans_entities_scripts_and_line_breaks_of_a_page() -> None:
    tables, unclosed = read_tables(
        "<script>document.write('<td>no</td>')</script><table><tr><td rowspan=2>a<td>b&amp;&#20013;<td rowspan=2>c"
        "<tr><td>  d\n e<br>f<style>g</style><!-- h --></td></tr><tr><td colspan=2>i</td><td>j</td></tr></table>"
    )
    assert tables == [[["a", "b&中", "c"], ["a", "d e\nf", "c"], ["i", "i", "j"]]]
    assert unclosed == 0


def test_a_page_in_no_known_encoding_is_no_text() -> None:
    assert page_text(b"\xff\xff\xff") is None


def test_an_ending_in_capitals_is_the_same_ending(settings: Settings, tmp_path: Path) -> None:
    made = write_delivery(EVENTS, [EVENT], tmp_path / "made.xls")
    target = settings.inbox / EVENTS.feed / "A.XLS"
    target.parent.mkdir(parents=True)
    shutil.copy(made, target)
    seal(target)
    assert land_feed(settings, EVENTS.feed).landed_rows == 1
