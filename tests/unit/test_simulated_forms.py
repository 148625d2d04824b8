"""The simulated files: the hotline in the odd forms of its senders, and every sound row of any feed lands."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from ingestion.contract import load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings
from simulator.simulate import SimulationReport, simulate
from tests.feeds.forms import seal

FEEDS = sorted(load_contracts(Settings(home=Path("unused"), key_file=Path("unused"))))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("forms")
    return Settings(home=folder / "home", key_file=folder / "key", memory="1GB")


@pytest.fixture(scope="module")
def sent(home: Settings) -> SimulationReport:
    return simulate(home, days=6, seed=7, until=date(2026, 1, 4), scale=0.4)


def files(report: SimulationReport, feed: str) -> list[Path]:
    """All files of a feed in the order in which they arrive."""
    return sorted(path for paths in report.feeds[feed].files.values() for path in paths)


def test_province_events_are_a_table_of_html_that_says_its_charset(home: Settings, sent: SimulationReport) -> None:
    payload = sent.feeds["hotline_province_event"].files["daily"][0].read_bytes()
    assert b"charset=gb18030" in payload
    page = payload.decode("gb18030")
    rows = [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert "省直通车流转记录（模拟数据）" in page
    assert rows[1] == [column.header[0] for column in load_contracts(home)["hotline_province_event"].columns]
    assert rows[-1][:2] == ["合计", str(len(rows) - 3)]


def test_each_reply_of_the_province_has_its_event(sent: SimulationReport) -> None:
    pages = "".join(path.read_bytes().decode("gb18030") for path in files(sent, "hotline_province_event"))
    told = set(re.findall(r"<td>P\d+</td><td>(S\d+)</td><td>回复</td><td>([^<]*)</td>", pages))
    known = 0
    for path in files(sent, "hotline_province"):
        head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name("省直通车").to_python()[1:-1]
        for row in (dict(zip(head, cells, strict=True)) for cells in rows):
            if row["答复时间"] and row["编号"]:
                assert (row["编号"], str(row["答复时间"])) in told
                known += 1
    assert known > 50


def call_sheets(sent: SimulationReport) -> Iterator[CalamineWorkbook]:
    for path in files(sent, "hotline_call"):
        if path.suffix == ".xlsx":
            yield CalamineWorkbook.from_path(path)
            continue
        with zipfile.ZipFile(path) as archive:
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
            yield from (CalamineWorkbook.from_filelike(io.BytesIO(archive.read(name))) for name in archive.namelist())


def test_call_statistics_have_a_head_of_two_rows_and_a_hidden_sheet(sent: SimulationReport) -> None:
    for book in call_sheets(sent):
        rows = book.get_sheet_by_name("话务统计").to_python()
        assert "模拟" in rows[0][0]
        assert rows[1] == ["统计时段", "呼入", "", "", "排队"]
        assert rows[2] == ["", "请求人工", "接通", "15秒内接通", "放弃"]
        assert rows[-1][0] == "合计"
        assert [str(sheet.visible) for sheet in book.sheets_metadata] == [
            "SheetVisibleEnum.Visible",
            "SheetVisibleEnum.Hidden",
        ]
    (archive,) = sent.feeds["hotline_call"].files["history"]
    assert archive.name.endswith("_hotline_call_history.zip")


@pytest.mark.parametrize("feed", FEEDS)
def test_every_sound_row_keeps_its_contract(home: Settings, sent: SimulationReport, feed: str) -> None:
    report = sent.feeds[feed]
    for path in files(sent, feed):
        seal(path)
    receipts = land_feed(home, feed).receipts
    own = [receipt for receipt in receipts if "_resent." not in receipt.file_name]
    assert {receipt.status for receipt in own} == {"landed"}
    assert sum(receipt.received for receipt in own) == report.rows
    assert sum(receipt.quarantined for receipt in own) == report.bad_rows
    assert sum(receipt.duplicates for receipt in own) >= report.duplicate_rows
    again = ["duplicate"] if "resent" in report.files else []
    assert [r.status for r in receipts if "_resent." in r.file_name] == again
