"""Landing: nothing lost, nothing twice, and every bad input named."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import load_contracts
from ingestion.errors import ContractError, NothingToDo
from ingestion.inbox import deliveries
from ingestion.land import LandReport, land_feed
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import age, headers, seal, write_delivery
from tests.feeds.landed import landed, set_aside

CONTRACTS = load_contracts(load_settings())
HEATING = CONTRACTS["heating_room_temperature"]
HEADER = ",".join(headers(HEATING))


def reading(point: str = "P1", at: str = "2026-01-05 08:00:00", temperature: str = "18.00") -> str:
    return f"{point},{at},{temperature},bedroom,on,210202001,模拟热力"


def deliver(settings: Settings, name: str, lines: list[str], end: str = "\n", encoding: str = "utf-8") -> LandReport:
    """Drop one heating file and land it."""
    path = settings.inbox / HEATING.feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join([HEADER, *lines]) + end).encode(encoding))
    seal(path)
    return land_feed(settings, HEATING.feed)


def numbers(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.received, receipt.landed, receipt.quarantined, receipt.duplicates


def test_the_same_file_twice_lands_once_even_under_another_name(settings: Settings) -> None:
    deliver(settings, "a.csv", [reading(), reading("P2")])
    again = deliver(settings, "renamed.csv", [reading(), reading("P2")])
    assert again.receipts[0].status == "duplicate"
    assert numbers(again.receipts[0]) == (2, 0, 0, 2)
    assert len(landed(settings, HEATING.feed)) == 2


def test_overlapping_deliveries_land_each_row_once(settings: Settings) -> None:
    deliver(settings, "a.csv", [reading(), reading("P2")])
    later = deliver(settings, "b.csv", [reading("P2"), reading("P3"), reading("P3")])
    assert numbers(later.receipts[0]) == (3, 1, 0, 2)
    assert sorted(row["point_id"] for row in landed(settings, HEATING.feed)) == ["P1", "P2", "P3"]


def test_deliveries_of_one_drain_see_each_other(settings: Settings) -> None:
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    for name, points in (("a.csv", ["P1", "P2"]), ("b.csv", ["P2", "P3"])):
        (folder / name).write_text("\n".join([HEADER, *map(reading, points)]) + "\n", encoding="utf-8")
        seal(folder / name)
    report = land_feed(settings, HEATING.feed)
    assert [numbers(receipt) for receipt in report.receipts] == [(2, 2, 0, 0), (2, 1, 0, 1)]


def test_a_correction_lands_as_a_newer_version(settings: Settings) -> None:
    deliver(settings, "a.csv", [reading(temperature="17.00")])
    deliver(settings, "b.csv", [reading(temperature="18.50")])
    rows = landed(settings, HEATING.feed)
    assert [(str(row["temperature_c"]), row["batch_seq"]) for row in rows] == [("17.00", 1), ("18.50", 2)]


def test_a_correction_taken_back_is_a_version_of_its_own(settings: Settings) -> None:
    for name, value in (("a.csv", "17.00"), ("b.csv", "18.50"), ("c.csv", "17.00 ")):
        deliver(settings, name, [reading(temperature=value)])
    assert [str(row["temperature_c"]) for row in landed(settings, HEATING.feed)] == ["17.00", "18.50", "17.00"]


def test_rows_that_contradict_each_other_are_set_aside_together(settings: Settings) -> None:
    report = deliver(settings, "a.csv", [reading(), reading(temperature="20.00"), reading("P2")])
    assert numbers(report.receipts[0]) == (3, 1, 2, 0)
    assert set_aside(settings, HEATING.feed) == [(2, "point_id", "key_conflict"), (3, "point_id", "key_conflict")]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("18.5℃", "not_a_number"),
        ("17.996", "too_precise"),
        ("1e1", None),
        ("", "missing"),
        ("１８．５", None),
        ("99999", "not_a_number"),
    ],
)
def test_a_temperature_is_a_number_or_is_set_aside(settings: Settings, value: str, rule: str | None) -> None:
    deliver(settings, "a.csv", [reading(temperature=value), reading("P2")])
    wanted = [(2, "temperature_c", rule)] if rule else []
    assert set_aside(settings, HEATING.feed) == wanted
    assert len(landed(settings, HEATING.feed)) == (1 if rule else 2)


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        ("2026-02-30 08:00:00", "not_a_timestamp"),
        ("infinity", "not_a_timestamp"),
        ("2126-01-05 08:00:00", "in_the_future"),
        ("1970-01-01 00:00:00", "too_early"),
        ("2026-01-05 25:00:00", "not_a_timestamp"),
        ("05/01/2026 08:00:00", "not_a_timestamp"),
    ],
)
def test_impossible_times_are_set_aside(settings: Settings, moment: str, rule: str) -> None:
    deliver(settings, "a.csv", [reading(at=moment), reading("P2")])
    assert set_aside(settings, HEATING.feed) == [(2, "measured_at", rule)]


def test_a_row_of_another_width_is_set_aside_with_its_place(settings: Settings) -> None:
    report = deliver(settings, "a.csv", [reading(), "P2,2026-01-05 08:00:00", "", reading("P3"), reading("P4") + ",x"])
    assert numbers(report.receipts[0]) == (4, 2, 2, 0)
    assert set_aside(settings, HEATING.feed) == [(3, None, "field_count"), (6, None, "field_count")]
    assert [row["row_no"] for row in landed(settings, HEATING.feed)] == [2, 5]


def test_a_bad_quote_costs_its_row_only(settings: Settings) -> None:
    deliver(settings, "a.csv", [reading(), '"P2"x' + reading("")[0:], reading("P3")])
    assert set_aside(settings, HEATING.feed) == [(3, None, "quote")]
    assert len(landed(settings, HEATING.feed)) == 2


def test_a_cut_off_last_line_waits_and_then_is_set_aside(settings: Settings) -> None:
    path = settings.inbox / HEATING.feed / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEADER}\n{reading()}\n{reading('P2')[:-3]}", encoding="utf-8")
    assert [d.is_sealed for d in deliveries(settings, HEATING)] == [False]
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    seal(path)
    assert numbers(land_feed(settings, HEATING.feed).receipts[0]) == (2, 1, 1, 0)
    assert set_aside(settings, HEATING.feed) == [(3, None, "truncated")]


def test_a_sentinel_left_by_an_earlier_file_does_not_speak_for_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.inbox.SAME_MOMENT", 0)
    path = settings.inbox / HEATING.feed / "a.csv"
    path.parent.mkdir(parents=True)
    sentinel = seal(path).with_name("a.csv.ok")
    age(sentinel, 0.05)
    path.write_text(f"{HEADER}\n{reading()}\n{reading('P2')[:-3]}", encoding="utf-8")
    assert [d.is_sealed for d in deliveries(settings, HEATING)] == [False], "it may still be growing"
    path.unlink()
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    assert sentinel.exists(), "its file may be on its way"
    at_once = HEATING.arrives.model_copy(update={"truncated_after_minutes": 0})
    impatient = {HEATING.feed: HEATING.model_copy(update={"arrives": at_once})}
    monkeypatch.setattr("ingestion.land.load_contracts", lambda settings: impatient)
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    assert not sentinel.exists()


@pytest.mark.parametrize(
    ("name", "content", "rule", "said"),
    [
        ("gbk.csv", (HEADER + "\n" + reading()).encode("gb18030") + b"\n", "encoding", "line 2"),
        ("empty.csv", b"", "empty", "empty"),
        ("header.csv", HEADER.encode() + b"\n", "no_rows", "no rows"),
        ("renamed.csv", HEADER.replace("temperature", "temp").encode() + b"\na\n", "header", "temp"),
        ("missing.csv", b"point_id,measured_at\na,b\n", "header", "temperature_c"),
        ("twice.csv", (HEADER + ",point_id").encode() + b"\na\n", "header", "2 times"),
        ("nul.csv", (HEADER + "\n\0\n").encode(), "nul", "NUL"),
        ("open.csv", (HEADER + '\n"' + reading() + "\n" + reading() + "\n").encode(), "open_quote", "line 2"),
        ("other.txt", b"x\n", "file_name", "*.csv"),
    ],
)
def test_a_file_that_breaks_its_contract_is_refused_by_name(
    settings: Settings, name: str, content: bytes, rule: str, said: str
) -> None:
    path = settings.inbox / HEATING.feed / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    seal(path)
    receipt = land_feed(settings, HEATING.feed).receipts[0]
    assert (receipt.status, receipt.rule) == ("refused", rule)
    for part in (said, name, "Next step"):
        assert part in str(receipt.message)
    assert not path.exists()
    kept = [p.read_bytes() for p in (settings.vault / HEATING.feed).iterdir()]
    assert kept == [content], "nothing is lost: the bytes stay in the vault"
    assert landed(settings, HEATING.feed) == []


def test_a_refused_file_may_be_dropped_again(settings: Settings) -> None:
    for _ in range(2):
        path = settings.inbox / HEATING.feed / "empty.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        seal(path)
        assert land_feed(settings, HEATING.feed).receipts[0].status == "refused"


def test_links_and_devices_are_never_followed(settings: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"{HEADER}\n{reading()}\n", encoding="utf-8")
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    (folder / "link.csv").symlink_to(secret)
    os.mkfifo(folder / "pipe.csv")
    receipts = land_feed(settings, HEATING.feed).receipts
    assert {(r.file_name, r.status, r.rule) for r in receipts} == {
        ("link.csv", "refused", "irregular"),
        ("pipe.csv", "refused", "irregular"),
    }
    assert secret.exists()
    assert landed(settings, HEATING.feed) == []


def test_glob_characters_in_a_name_mean_nothing(settings: Settings) -> None:
    deliver(settings, "1.csv", [reading("P1")])
    deliver(settings, "[1]*.csv", [reading("P2")])
    assert [row["point_id"] for row in landed(settings, HEATING.feed)] == ["P1", "P2"]


@pytest.mark.parametrize("feed", ["../hotline_city", "nothing"])
def test_an_unknown_feed_is_refused(settings: Settings, feed: str) -> None:
    with pytest.raises(ContractError, match="No feed named"):
        land_feed(settings, feed)


def test_an_unknown_extra_column_is_kept_out_and_noted(settings: Settings) -> None:
    path = settings.inbox / HEATING.feed / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEADER},battery\n{reading()},3.1\n", encoding="utf-8")
    seal(path)
    assert land_feed(settings, HEATING.feed).receipts[0].unknown_columns == ["column 8"]


def test_a_workbook_that_promises_gigabytes_is_not_opened(settings: Settings) -> None:
    contract = CONTRACTS["hotline_province"]
    path = settings.inbox / contract.feed / "bomb.xlsx"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * (32 << 20))
    seal(path)
    receipt = land_feed(settings, contract.feed).receipts[0]
    assert (receipt.status, receipt.rule) == ("refused", "bomb")


def test_a_far_away_cell_cannot_eat_the_memory(settings: Settings) -> None:
    import xlsxwriter

    contract = CONTRACTS["hotline_province"]
    path = settings.inbox / contract.feed / "far.xlsx"
    path.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(contract.format.sheet)
        sheet.write_row(1, 0, headers(contract))
        sheet.write(1_048_575, 16_383, "x")
    seal(path)
    receipt = land_feed(settings, contract.feed).receipts[0]
    assert (receipt.status, receipt.rule) == ("refused", "too_large")


def test_a_wrong_sheet_is_named(settings: Settings) -> None:
    contract = CONTRACTS["hotline_province"]
    renamed = contract.model_copy(update={"format": contract.format.model_copy(update={"sheet": "Sheet1"})})
    write_delivery(renamed, [contract.examples[0].source], settings.inbox / contract.feed / "a.xlsx")
    receipt = land_feed(settings, contract.feed).receipts[0]
    assert receipt.rule == "sheet"
    assert "省直通车" in str(receipt.message)


def test_json_lines_that_are_no_objects_or_lack_a_member_are_set_aside(settings: Settings) -> None:
    contract = CONTRACTS["grid_event"]
    good: dict[str, Any] = contract.examples[0].source
    lacking = {name: value for name, value in good.items() if name != "handled_at"} | {"event_no": "G2"}
    path = settings.inbox / contract.feed / "a.jsonl"
    path.parent.mkdir(parents=True)
    lines = [json.dumps(good), "not json", "[1]", json.dumps(lacking)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    seal(path)
    assert numbers(land_feed(settings, contract.feed).receipts[0]) == (4, 1, 3, 0)
    assert set_aside(settings, contract.feed) == [
        (2, None, "not_json"),
        (3, None, "not_json"),
        (4, "handled_at", "missing_member"),
    ]


def test_a_run_killed_between_commit_and_receipt_is_finished_not_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "acknowledge", die)
        with pytest.raises(Killed):
            deliver(settings, "a.csv", [reading(), reading("P2")])
    assert Ledger(settings, HEATING.feed).receipts == []
    receipt = land_feed(settings, HEATING.feed).receipts[0]
    assert receipt.status == "duplicate", "the file was still in the inbox, its rows were not landed again"
    assert [numbers(r) for r in Ledger(settings, HEATING.feed).receipts] == [(2, 2, 0, 0), (2, 0, 0, 2)]
    assert len(landed(settings, HEATING.feed)) == 2


def test_a_run_killed_before_the_commit_is_undone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion.landing_table import LandingTable

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LandingTable, "add", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(settings, "a.csv", [reading()])
    receipt = land_feed(settings, HEATING.feed).receipts[0]
    assert numbers(receipt) == (1, 1, 0, 0)
    assert receipt.batch_seq == 1
    assert len(landed(settings, HEATING.feed)) == 1
