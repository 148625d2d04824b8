"""One hundred real requests in many forms: the same rows land, whatever the form, and none is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.receipts import Receipt
from ingestion.settings import Settings
from tests.feeds.landed import set_aside
from tests.feeds.test_examples import test_examples_become_what_the_contract_says as check_examples
from tests.real.forms import FEED, Rows, land
from tests.real.plain import read_requests

LINEAGE = {"batch_id", "batch_seq", "row_no", "recorded_at"}


def numbers(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.received, receipt.landed, receipt.quarantined, receipt.duplicates


def moments(rows: Rows) -> dict[str, tuple[datetime | None, ...]]:
    return {row["case_no"]: (row["received_at"], row["due_at"], row["finished_at"]) for row in rows}


def canonical(rows: Rows) -> Rows:
    """The rows without where they came from, in the order of their numbers."""
    plain = [{name: value for name, value in row.items() if name not in LINEAGE} for row in rows]
    return sorted(plain, key=lambda row: str(row["case_no"]))


@pytest.mark.parametrize("feed", [FEED, "heating_room_temperature"])
def test_the_contract_keeps_the_columns_of_the_feed_and_its_own_examples(feed: str, settings: Settings) -> None:
    contract = load_contracts(settings)[feed]
    ours = load_contracts(Settings(home=settings.home, key_file=settings.key_file))[feed]
    assert [column.name for column in contract.kept] == [column.name for column in ours.kept]
    check_examples(contract, settings)


def test_every_request_lands_with_its_moments(data: Path, tmp_path: Path) -> None:
    source = data / "boston311" / "boston311-100.csv"
    receipt, rows, _ = land(tmp_path, source)
    assert numbers(receipt) == (100, 100, 0, 0)
    assert receipt.unknown_columns == []
    assert moments(rows) == {r.number: (r.opened, r.target, r.closed) for r in read_requests(source)}


def test_twenty_exact_duplicates_are_counted_and_not_landed(data: Path, tmp_path: Path) -> None:
    source = data / "boston311" / "boston311-100-20dupes-random.csv"
    receipt, rows, _ = land(tmp_path, source)
    assert numbers(receipt) == (100, 80, 0, 20)
    assert receipt.received == receipt.landed + receipt.quarantined + receipt.duplicates
    assert {row["case_no"] for row in rows} == {request.number for request in read_requests(source)}
    assert len(rows) == 80


def test_day_month_year_gives_the_same_moments(data: Path, tmp_path: Path) -> None:
    receipt, rows, _ = land(tmp_path, data / "boston311" / "boston311-dmy-100.csv", ["%d/%m/%Y %H:%M:%S"])
    assert numbers(receipt) == (100, 100, 0, 0)
    requests = read_requests(data / "boston311" / "boston311-100.csv")
    assert moments(rows) == {r.number: (r.opened, r.target, r.closed) for r in requests}


def test_without_clock_times_the_dates_are_the_same(data: Path, tmp_path: Path) -> None:
    receipt, rows, _ = land(tmp_path, data / "boston311" / "boston311-100-notime.csv", ["%Y-%m-%d"])
    assert numbers(receipt) == (100, 100, 0, 0)
    found = {number: tuple(at and at.date() for at in times) for number, times in moments(rows).items()}
    requests = read_requests(data / "boston311" / "boston311-100.csv")
    assert found == {r.number: tuple(at and at.date() for at in (r.opened, r.target, r.closed)) for r in requests}


def test_a_row_with_a_field_too_many_is_set_aside_by_file_and_line(data: Path, tmp_path: Path) -> None:
    source = data / "boston311" / "boston311-100-bad.tsv"
    lines = source.read_text(encoding="utf-8").splitlines()
    [bad] = [number for number, line in enumerate(lines, start=1) if line.count("\t") != 28]
    receipt, rows, settings = land(tmp_path, source, delimiter="\t")
    assert numbers(receipt) == (100, 99, 1, 0)
    assert receipt.file_name == source.name
    assert set_aside(settings, FEED) == [(bad, None, "field_count")] == [(41, None, "field_count")]
    assert [path.stem for path in (settings.quarantine / FEED).iterdir()] == [receipt.batch_id[:24]]
    assert {row["case_no"] for row in rows} == {
        line.split("\t")[0] for number, line in enumerate(lines, start=1) if number not in (1, bad)
    }


def test_json_lines_give_the_rows_of_the_csv(data: Path, tmp_path: Path) -> None:
    _, from_csv, _ = land(tmp_path / "csv", data / "boston311" / "boston311-100.csv")
    receipt, from_json, _ = land(tmp_path / "jsonl", data / "boston311" / "boston311-100.jsonl", kind="jsonl")
    assert numbers(receipt) == (100, 100, 0, 0)
    assert canonical(from_json) == canonical(from_csv)


def test_letters_beyond_ascii_cost_no_row(data: Path, tmp_path: Path) -> None:
    source = data / "boston311" / "boston311-100-with-nonascii.csv"
    assert not source.read_text(encoding="utf-8").isascii()
    _, clean, _ = land(tmp_path / "clean", data / "boston311" / "boston311-100.csv")
    receipt, rows, _ = land(tmp_path / "nonascii", source)
    assert numbers(receipt) == (100, 100, 0, 0)
    assert canonical(rows) == canonical(clean), "the accents stand in free text, which stays in the vault"
