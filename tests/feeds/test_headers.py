"""Headers of one row and of two, in every form a table comes in."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from ingestion.contract import load_contracts
from ingestion.land import land_feed
from ingestion.readers.header import header_names, is_total
from ingestion.settings import Settings, load_settings
from tests.feeds.contracts import change_contract
from tests.feeds.forms import headers, seal, write_delivery
from tests.feeds.landed import landed

CONTRACTS = load_contracts(load_settings())
CALLS, READINGS = CONTRACTS["hotline_call"], CONTRACTS["heating_room_temperature"]
HOUR = CALLS.examples[0].source


@pytest.mark.parametrize(
    ("upper", "lower", "names"),
    [
        (["甲", "呼入", "", "排队"], ["", "请求", "接通", "放弃"], ["甲", "呼入/请求", "呼入/接通", "排队/放弃"]),
        (["甲", "呼入", "呼入"], ["甲", "请求", "接通"], ["甲", "呼入/请求", "呼入/接通"]),
        (["甲", ""], ["", "乙"], ["甲", "乙"]),
        (["甲", "呼入"], ["", "请求", "接通"], ["甲", "呼入/请求", "呼入/接通"]),
        (["呼入", "", "", "乙"], ["请求", "", "接通", ""], ["呼入/请求", "", "接通", "乙"]),
    ],
)
def test_two_header_rows_become_one_name_for_each_column(upper: list[str], lower: list[str], names: list[str]) -> None:
    assert header_names([upper, lower]) == names


def test_one_header_row_is_itself_without_its_edges() -> None:
    assert header_names([[" 甲\u3000", "'乙", ""]]) == ["甲", "乙", ""]


def test_a_total_is_known_whatever_blanks_stand_in_it() -> None:
    assert is_total(["\u3000合 计 ", "3"], {"合计"})
    assert not is_total(["合计说明", "3"], {"合计"})
    assert not is_total([], {"合计"})
    assert not is_total(["合计"], [])


def test_merged_cells_of_a_real_workbook_are_read(settings: Settings) -> None:
    path = settings.inbox / CALLS.feed / "merged.xlsx"
    path.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("话务统计")
        sheet.merge_range(0, 0, 0, 4, "样例标题")
        sheet.merge_range(1, 0, 2, 0, "统计时段")
        sheet.merge_range(1, 1, 1, 3, "呼入")
        sheet.write(1, 4, "排队")
        sheet.write_row(2, 1, ["请求人工", "接通", "15秒内接通", "放弃"])
        sheet.write_row(3, 0, ["2026-01-05 08时", "120", 118, "114", 2])
        sheet.write_row(4, 0, ["合\u3000计", 120, 118, 114, 2])
    seal(path)
    receipt = land_feed(settings, CALLS.feed).receipts[0]
    assert (receipt.received, receipt.landed, receipt.status) == (1, 1, "landed")
    row = landed(settings, CALLS.feed)[0]
    assert (row["row_no"], row["offered_count"], row["answered_count"], row["abandoned_count"]) == (4, 120, 118, 2)


def test_a_merged_header_of_an_html_table_is_read(settings: Settings) -> None:
    changed, contract = change_contract(settings, CALLS.feed, arrives=CALLS.arrives.model_dump() | {"pattern": "*.xls"})
    path = changed.inbox / contract.feed / "a.xls"
    path.parent.mkdir(parents=True)
    path.write_text(
        "<table><tr><th colspan=5>样例</th></tr>"
        "<tr><th rowspan='2'>统计时段</th><th colspan=\"3\">呼入</th><th>排队</th></tr>"
        "<tr><th>请求人工<th>接通<th>15秒内接通<th>放弃</tr>"
        "<tr><td>2026-01-05 08时</td><td>120</td><td>118</td><td>114</td><td>2</td></tr></table>",
        encoding="utf-8",
    )
    seal(path)
    assert land_feed(changed, contract.feed).landed_rows == 1
    assert landed(changed, contract.feed)[0]["answered_15s_count"] == 114


def test_two_header_rows_of_a_csv_are_read_the_plain_and_the_careful_way(settings: Settings) -> None:
    arrives = CALLS.arrives.model_dump() | {"pattern": "*.csv"}
    changed, contract = change_contract(settings, CALLS.feed, arrives=arrives, format={"kind": "csv"})
    folder = changed.inbox / contract.feed
    write_delivery(contract, [HOUR], folder / "plain.csv")
    path = write_delivery(contract, [HOUR | {"统计时段": "2026-01-05 09时"}], folder / "careful.csv")
    path.write_text(path.read_text(encoding="utf-8") + "\n合 计,1\n", encoding="utf-8")
    report = land_feed(changed, contract.feed)
    assert [(r.received, r.landed) for r in report.receipts] == [(1, 1), (1, 1)]
    assert [(row["row_no"], row["offered_count"]) for row in landed(changed, contract.feed)] == [(4, 120), (4, 120)]


def test_a_file_that_ends_in_its_header_is_refused_with_the_row(settings: Settings) -> None:
    path: Path = settings.inbox / CALLS.feed / "short.xlsx"
    path.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("话务统计").write_row(1, 0, ["统计时段", "呼入"])
    seal(path)
    receipt = land_feed(settings, CALLS.feed).receipts[0]
    assert (receipt.status, receipt.rule) == ("refused", "header")
    assert "row 2" in str(receipt.message)


def test_a_header_without_end_is_refused(settings: Settings) -> None:
    names = [*headers(READINGS), *map(str, range(16_384))]
    path = settings.inbox / READINGS.feed / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(",".join(names) + "\n", encoding="utf-8")
    receipt = land_feed(settings, seal(path).parent.name).receipts[0]
    assert (receipt.rule, "or more; no spreadsheet" in str(receipt.message)) == ("header", True)
