"""A hostile or unlucky sender: nobody's data shows, nothing is lost, and one file never stops the others."""

from __future__ import annotations

import errno
import json
import logging
import lzma
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingestion.batch import Batch
from ingestion.contract import load_contracts
from ingestion.errors import NothingToDo
from ingestion.inbox import deliveries, pending
from ingestion.land import land_feed
from ingestion.landing_table import LandingTable
from ingestion.manifest import beside
from ingestion.readers.html_table import read_tables
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings, load_settings
from ingestion.sighting import printable
from ingestion.staging import Stage
from tests.feeds.forms import age, headers, seal, write_delivery
from tests.feeds.landed import landed, set_aside
from tests.feeds.old_xls import write_old_xls

CONTRACTS = load_contracts(load_settings())
HEATING = CONTRACTS["heating_room_temperature"]
CITY = CONTRACTS["hotline_city"]  # a title row above its header
EVENTS = CONTRACTS["hotline_province_event"]  # *.xls, often an HTML page
GRID = CONTRACTS["grid_event"]
CASES = CONTRACTS["hotline_province"]  # *.xlsx
EVENT = EVENTS.examples[0].source


def readings(*points: str) -> bytes:
    lines = [f"{point},2026-01-05 08:00:00,18.00,bedroom,on,210202001,模拟热力" for point in points]
    return "\n".join([",".join(headers(HEATING)), *lines, ""]).encode()


def drop(settings: Settings, name: str | bytes, content: bytes, feed: str = HEATING.feed) -> Path:
    folder = settings.inbox / feed
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / os.fsdecode(name)
    path.write_bytes(content)
    return seal(path)


def page(*rows: list[str], end: str = "</table></body></html>") -> bytes:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return ("<html><body><table>" + "".join(lines) + end).encode()


def land_page(settings: Settings, content: bytes) -> Receipt:
    drop(settings, "a.xls", content, EVENTS.feed)
    return land_feed(settings, EVENTS.feed).receipts[0]


EVENT_CELLS = [str(EVENT[name]) for name in headers(EVENTS)]


def rules(settings: Settings, feed: str = HEATING.feed) -> dict[str, str | None]:
    return {receipt.file_name: receipt.rule for receipt in land_feed(settings, feed).receipts}


def test_a_person_in_the_place_of_the_header_is_never_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cells = [f"样例人{place}" for place in range(len(headers(CITY)))]
    drop(settings, "a.csv", "\n".join(["标题", ",".join(cells), ",".join(cells), ""]).encode("gb18030"), CITY.feed)
    receipt = land_feed(settings, CITY.feed).receipts[0]
    assert receipt.rule == "header"
    assert f"not in the contract: {len(cells)} columns, first in position 1." in str(receipt.message)
    told = "".join(path.read_text("utf-8") for path in (settings.receipts / CITY.feed).iterdir()) + caplog.text
    assert "样例人" not in told


def replace_while_read(monkeypatch: pytest.MonkeyPatch, path: Path, content: bytes) -> None:
    """Let another file take the name of `path` while it is being staged, once."""
    read, begun = Stage.read, []

    def read_and_replace(self: Stage, *arguments: Any, **named: Any) -> None:
        if not begun:
            begun.append(path)
            arriving = path.with_name(".arriving")
            arriving.write_bytes(content)
            os.replace(arriving, path)
        read(self, *arguments, **named)

    monkeypatch.setattr(Stage, "read", read_and_replace)


def test_a_newer_file_of_the_same_name_is_another_delivery(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = drop(settings, "a.csv", readings("P1"))
    replace_while_read(monkeypatch, path, readings("P2"))
    assert land_feed(settings, HEATING.feed).landed_rows == 1
    assert path.read_bytes() == readings("P2")
    assert not path.with_name("a.csv.ok").exists(), "the sentinel belonged to the first"
    assert "stays=another file" in caplog.text
    seal(path)
    assert land_feed(settings, HEATING.feed).landed_rows == 1
    assert [row["point_id"] for row in landed(settings, HEATING.feed)] == ["P1", "P2"]
    assert list(path.parent.iterdir()) == []


def test_a_newer_zip_and_a_newer_companion_stay(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    path, newer = settings.inbox / HEATING.feed / "a.zip", settings.home / "newer.zip"
    path.parent.mkdir(parents=True)
    for target, point in ((path, "P1"), (newer, "P2")):
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("1.csv", readings(point))
    seal(path)
    replace_while_read(monkeypatch, path, newer.read_bytes())
    assert land_feed(settings, HEATING.feed).landed_rows == 1
    assert path.read_bytes() == newer.read_bytes()
    seal(path)
    replace_while_read(monkeypatch, path.with_name("a.zip.ok"), b"")
    assert land_feed(settings, HEATING.feed).landed_rows == 1
    assert [found.name for found in path.parent.iterdir()] == ["a.zip.ok"]


def test_a_file_that_changed_or_went_after_the_look_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first, gone = drop(settings, "a.csv", readings("P1")), drop(settings, "b.csv", readings("P2"))
    changed = drop(settings, "c.csv", readings("P3"))
    read = Stage.read

    def read_and_meddle(self: Stage, *arguments: Any, **named: Any) -> None:
        gone.unlink(missing_ok=True)
        changed.write_bytes(readings("P3", "P4"))
        read(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Stage, "read", read_and_meddle)
        assert [r.file_name for r in land_feed(settings, HEATING.feed).receipts] == ["a.csv"]
    assert not first.exists()
    age(changed, 1.05)  # its sentinel spoke for what lay there before
    assert [r.received for r in land_feed(settings, HEATING.feed).receipts] == [2]


def test_a_name_as_long_as_names_may_be_lands(settings: Settings) -> None:
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    for name in ("a" * 251 + ".csv", "a." + "x" * 253):
        (folder / name).write_bytes(readings("P1"))
        os.utime(folder / name, (1, 1))
    drop(settings, "b.csv", readings("P2"))
    assert len(deliveries(settings, HEATING)) == 3
    age(folder / ("a." + "x" * 253), 1.05)
    assert sorted(rules(settings).values(), key=str) == [None, None, "file_name"]


@pytest.mark.parametrize("ending", [b".csv", b".txt"])
def test_a_name_that_is_no_text_is_made_printable(settings: Settings, ending: bytes) -> None:
    drop(settings, b"\xd6\xd0\x1b[31m\n" + ending, readings("P1"))
    drop(settings, "b.csv", readings("P2"))
    found = rules(settings)
    name = "\\udcd6\\udcd0\\x1b[31m\\n" + ending.decode()
    assert found == {name: None if ending == b".csv" else "file_name", "b.csv": None}
    assert name in {receipt.file_name for receipt in Ledger(settings, HEATING.feed).receipts}


def test_an_odd_link_is_set_aside_under_its_printable_name(settings: Settings) -> None:
    path = drop(settings, b"\xff.csv", b"")
    path.unlink()
    path.symlink_to("/nowhere")
    assert rules(settings) == {"\\udcff.csv": "irregular"}


def test_printable_keeps_what_people_write() -> None:
    assert printable("一月\u3000报表 (1).csv") == "一月\u3000报表 (1).csv"
    assert printable("a\u202eb\x7f") == "a\\u202eb\\x7f"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("投诉_10000000001.csv", "投诉_***.csv"),
        ("投诉１００-００００-０００１回访.xls", "投诉***回访.xls"),
        (f"{990101}{19900101}123X 材料.zip", "*** 材料.zip"),
        ("a.b@example.invalid.csv", "***"),
        ("20260131T0600_hotline_city_20260130.csv", "20260131T0600_hotline_city_20260130.csv"),
        ("20260131060000123.jsonl", "20260131060000123.jsonl"),
    ],
)
def test_a_name_tells_no_number_or_address_of_a_person(name: str, told: str) -> None:
    assert printable(name) == told


def test_a_file_that_may_not_be_read_does_not_stop_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(settings, "a.csv", readings("P1"))
    drop(settings, "b.csv", readings("P2"))
    path_open, os_open = Path.open, os.open

    def forbid(where: Any) -> None:
        if str(where) == str(path):
            raise PermissionError(errno.EACCES, "no", str(where))

    def guarded_path_open(self: Path, *arguments: Any, **named: Any) -> Any:
        forbid(self)
        return path_open(self, *arguments, **named)

    def guarded_os_open(where: Any, *arguments: Any, **named: Any) -> int:
        forbid(where)
        return os_open(where, *arguments, **named)

    monkeypatch.setattr(Path, "open", guarded_path_open)
    monkeypatch.setattr(os, "open", guarded_os_open)
    assert len(pending(settings, HEATING)) == 2
    assert rules(settings) == {"a.csv": "unreadable_file", "b.csv": None}
    assert [p.read_bytes() for p in (settings.vault / HEATING.feed / "irregular").iterdir()] == [readings("P1")]


@pytest.mark.parametrize("error", [NotImplementedError, lzma.LZMAError, OSError, RuntimeError])
@pytest.mark.parametrize(("name", "feed", "rule"), [("a.zip", HEATING, "archive"), ("a.xlsx", CASES, "workbook")])
def test_whatever_zipfile_raises_is_a_broken_zip(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[Exception], name: str, feed: Any, rule: str
) -> None:
    path = settings.inbox / feed.feed / name
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.csv", readings("P1"))
    seal(path)

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(zipfile.ZipFile, "infolist", fail)
    assert rules(settings, feed.feed) == {name: rule}


def test_a_full_disk_refuses_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(settings, "a.csv", readings("P1"))

    def fail(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(Stage, "read", fail)
        with pytest.raises(OSError, match="full"):
            land_feed(settings, HEATING.feed)
    assert path.exists()
    assert rules(settings) == {"a.csv": None}


@pytest.mark.parametrize("place", [(Stage, "read"), (Batch, "counts"), (Batch, "write_rows")])
def test_what_nobody_foresaw_costs_one_delivery_and_tells_its_class_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: tuple[Any, str]
) -> None:
    drop(settings, "a.csv", readings("P1"))
    drop(settings, "b.csv", readings("P2"))
    whole, calls = getattr(*place), []

    def fail_once(*arguments: Any, **named: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise LookupError("张样例 10000000001")
        return whole(*arguments, **named)

    monkeypatch.setattr(*place, fail_once)
    first, second = land_feed(settings, HEATING.feed).receipts
    assert (first.status, first.rule, second.landed) == ("refused", "unexpected", 1)
    assert "LookupError" in str(first.message)
    assert "unexpected=LookupError" in caplog.text
    assert "样例 1" not in str(first.message) + caplog.text
    assert len(list((settings.vault / HEATING.feed).glob(f"{first.batch_id}*"))) == 1
    assert list((settings.inbox / HEATING.feed).iterdir()) == []
    assert not list((settings.receipts / HEATING.feed).glob("*.pending"))


def test_trouble_after_the_intent_is_raised_and_recovery_decides(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, "a.csv", readings("P1"))
    add = LandingTable.add

    def add_and_fail(self: LandingTable, *arguments: Any) -> None:
        add(self, *arguments)
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr(LandingTable, "add", add_and_fail)
        with pytest.raises(LookupError):
            land_feed(settings, HEATING.feed)
    assert [r.status for r in land_feed(settings, HEATING.feed).receipts] == ["duplicate"]
    assert len(landed(settings, HEATING.feed)) == 1


def test_separators_in_a_header_cell_break_nothing(settings: Settings) -> None:
    names, cells = [*headers(EVENTS), "x\x1e1\x1fy"], [*EVENT_CELLS, "z"]
    receipt = land_page(settings, page(["样例"], names, cells))
    assert (receipt.landed, receipt.unknown_columns) == (1, [f"column {len(names)}"])


@pytest.mark.parametrize("end", ["", "</html>", "<tr><td>P9<td>S9", "</tr></body></html>"])
def test_the_last_row_of_a_page_that_breaks_off_is_set_aside(settings: Settings, end: str) -> None:
    other = ["P2", *EVENT_CELLS[1:]]
    receipt = land_page(settings, page(["样例"], headers(EVENTS), EVENT_CELLS, other, end=end))
    last = 5 if "P9" in end else 4
    assert (receipt.received, receipt.landed) == (last - 2, last - 3)
    assert set_aside(settings, EVENTS.feed) == [(last, None, "truncated")]


def test_a_table_closed_before_the_page_breaks_off_is_whole(settings: Settings) -> None:
    receipt = land_page(settings, page(["样例"], headers(EVENTS), EVENT_CELLS, end="</table><table><tr><td>页"))
    assert (receipt.landed, receipt.quarantined) == (1, 0)


@pytest.mark.parametrize("tag", ["script", "style"])
def test_a_script_that_never_ends_swallows_no_rows(settings: Settings, tag: str) -> None:
    content = page(["样例"], headers(EVENTS), EVENT_CELLS, [f"<{tag}>", *EVENT_CELLS[1:]], EVENT_CELLS)
    assert land_page(settings, content).rule == "workbook"
    with pytest.raises(ValueError, match="never closed"):
        read_tables(f"<table><tr><td><{tag}>x</td></tr></table>")


def test_an_old_xls_without_its_end_is_refused(settings: Settings, tmp_path: Path) -> None:
    write_old_xls(tmp_path / "made.xls", "流转记录", [["样例"], list(headers(EVENTS)), list(EVENT_CELLS)])
    whole = (tmp_path / "made.xls").read_bytes()
    assert land_page(settings, whole[:-600]).rule == "workbook"


def test_a_nul_that_a_workbook_or_json_brings_into_a_cell_costs_its_row(settings: Settings, tmp_path: Path) -> None:
    other = ["P2", "S\x002", *EVENT_CELLS[2:]]
    write_old_xls(tmp_path / "made.xls", "流转记录", [["样例"], list(headers(EVENTS)), list(EVENT_CELLS), list(other)])
    assert land_page(settings, (tmp_path / "made.xls").read_bytes()).landed == 1
    assert set_aside(settings, EVENTS.feed) == [(4, None, "nul")]
    good = GRID.examples[0].source
    bad = good | {"event_no": "G2", "item_code": "I\x0007"}
    write_delivery(GRID, [good, bad, good | {"event_no": "G3"}], settings.inbox / GRID.feed / "a.jsonl")
    assert land_feed(settings, GRID.feed).landed_rows == 2
    assert set_aside(settings, GRID.feed) == [(2, None, "nul")]


def test_a_page_cut_off_inside_a_zip_is_judged_like_any(settings: Settings) -> None:
    path = settings.inbox / EVENTS.feed / "a.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.xls", page(["样例"], headers(EVENTS), EVENT_CELLS, ["P2", *EVENT_CELLS[1:]], end=""))
    seal(path)
    receipt = land_feed(settings, EVENTS.feed).receipts[0]
    assert (receipt.landed, receipt.quarantine_rules) == (1, {"truncated": 1})


def test_half_copies_of_killed_runs_are_swept(settings: Settings) -> None:
    half = settings.vault / HEATING.feed / ".arriving.12345"
    half.parent.mkdir(parents=True)
    half.write_bytes(readings("P1")[:20])
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    assert not half.exists()


def test_an_odd_manifest_is_refused_without_its_name(settings: Settings) -> None:
    path = drop(settings, b"\xff.csv", readings("P1"))
    beside(path).write_text(json.dumps({"rows": "x"}))
    os.utime(beside(path), (1, 1))
    age(beside(path), 1.05)
    assert rules(settings) == {"\\udcff.csv": "manifest"}


def test_a_receipt_of_a_whole_feed_reads_back(settings: Settings) -> None:
    write_delivery(EVENTS, [EVENT], settings.inbox / EVENTS.feed / "a\u2028.xls")
    assert rules(settings, EVENTS.feed) == {"a\\u2028.xls": None}
