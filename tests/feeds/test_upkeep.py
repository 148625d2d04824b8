"""House-keeping changes where rows lie and never which: merged files, check-pointed logs, packed receipts."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable

from ingestion import durable
from ingestion.contract import Contract, load_contracts
from ingestion.errors import IntegrityError, WarehouseBusy
from ingestion.landing_table import LandingTable, are_acknowledged
from ingestion.landing_upkeep import MANY, keep_feed, keep_log, merge, vacuum
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.canonical_rows import land_rows
from tests.feeds.contracts import change_contract, columns_of
from tests.feeds.readings import CONTRACT, FEED, land_many, reading

NOW = timedelta(0)
BATTERY: dict[str, Any] = {
    "name": "battery_v",
    "header": ["battery"],
    "type": "decimal",
    "scale": 2,
    "meaning_zh": "电压",
    "meaning_en": "v",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    land_many(Settings(home=home, key_file=home / "key.json", memory="1GB"))
    return home


@pytest.fixture
def many(template: Path, settings: Settings) -> Settings:
    """A home with many small files in two partitions; landed once, a copy for each test."""
    shutil.copytree(template, settings.home)
    return settings


def keep_rows(settings: Settings, into: Path) -> None:
    """Copy the rows of the table's present version, read without the code under test."""
    uris = [uri.removeprefix("file://") for uri in DeltaTable(settings.landing / FEED).file_uris()]
    rows = f"read_parquet({uris}, hive_partitioning = false, union_by_name = true)"
    with duckdb.connect() as connection:
        names = sorted(column[0] for column in connection.execute(f"FROM {rows} LIMIT 0").description)
        connection.execute(f"COPY (SELECT {', '.join(names)} FROM {rows}) TO '{into}' (FORMAT parquet)")


def difference(one: Path, other: Path) -> int:
    with duckdb.connect() as connection:
        both = [f"(FROM '{a}') EXCEPT ALL (FROM '{b}')" for a, b in ((one, other), (other, one))]
        found = connection.execute(f"SELECT count(*) FROM (({both[0]}) UNION ALL ({both[1]}))").fetchone()
        assert found is not None
        return int(found[0])


def commits(settings: Settings) -> list[list[dict[str, Any]]]:
    entries = sorted((settings.landing / FEED / "_delta_log").glob("*.json"))
    return [[json.loads(line) for line in entry.read_text().splitlines()] for entry in entries]


def test_merged_files_hold_the_very_rows(many: Settings, tmp_path: Path) -> None:
    changed, wider = change_contract(many, FEED, columns=[*columns_of(FEED), BATTERY])
    land_rows(changed, FEED, [{**reading("P99", 5), "battery_v": "3.10"}])
    keep_rows(many, tmp_path / "before.parquet")

    done = keep_feed(changed, wider)
    keep_rows(many, tmp_path / "after.parquet")
    assert (done.files_before, done.files_after) == (MANY + 4 + MANY // 2 + 3, 1 + (MANY + 4) // 2)
    assert difference(tmp_path / "before.parquet", tmp_path / "after.parquet") == 0
    merged = [path for path in LandingTable(changed, wider).files() if Path(path).name.startswith("merged-")]
    with duckdb.connect() as connection:
        order = connection.execute(f"SELECT batch_seq, row_no FROM read_parquet({merged[:1]})").fetchall()
    assert order == sorted(order)
    actions = [action for action in commits(many)[-1] if "commitInfo" not in action]
    assert not any(action.get(kind, {}).get("dataChange") for action in actions for kind in ("add", "remove"))
    assert keep_feed(changed, wider).merged_rows == 0, "a second night finds nothing to do"


def test_few_files_are_left_alone(settings: Settings) -> None:
    land_many(settings, deliveries=4)
    version = DeltaTable(settings.landing / FEED).version()
    assert keep_feed(settings, CONTRACT).merged_rows == 0
    assert DeltaTable(settings.landing / FEED).version() == version


def test_readers_keep_their_files_for_the_grace(many: Settings) -> None:
    held = LandingTable(many, CONTRACT).files()
    assert keep_feed(many, CONTRACT).vacuumed == 0
    assert all(Path(path).exists() for path in held), "a build that began before reads on"
    table = LandingTable(many, CONTRACT)
    assert vacuum(table, timedelta(hours=24)) == 0
    assert vacuum(table, NOW) > MANY
    present = {str(path) for path in (many.landing / FEED).rglob("*.parquet") if "_delta_log" not in path.parts}
    assert present == set(LandingTable(many, CONTRACT).files())


def test_what_a_killed_landing_moved_without_a_commit_is_vacuumed_once_old(settings: Settings) -> None:
    land_many(settings, deliveries=2)
    orphan = Path(LandingTable(settings, CONTRACT).files()[0]).with_name("0" * 24 + "-part_0.parquet")
    orphan.write_bytes(b"half")
    assert vacuum(LandingTable(settings, CONTRACT), timedelta(days=7)) == 0
    old = time.time() - 8 * 86400
    os.utime(orphan, (old, old))
    assert vacuum(LandingTable(settings, CONTRACT), timedelta(days=7)) == 1
    assert not orphan.exists()


def test_a_batch_is_known_when_its_log_entry_is_long_gone(many: Settings) -> None:
    """Exactly once hangs on it: what a table does not `hold` is committed again."""
    batches = [receipt.batch_id for receipt in Ledger(many, FEED).receipts]
    log = many.landing / FEED / "_delta_log"
    for entry in log.iterdir():
        os.utime(entry, (0, 0))
    assert keep_log(LandingTable(many, CONTRACT))
    assert len(list(log.glob("*.json"))) <= 1, "entries older than thirty days are summed up and gone"
    for _ in range(2):  # a checkpoint that stands on a checkpoint
        table = LandingTable(many, CONTRACT)
        assert [table.holds(batch) for batch in batches] == [True] * len(batches)
        assert not table.holds("0" * 64)
        land_rows(many, FEED, [reading("P7", 9)])
        for entry in log.iterdir():
            os.utime(entry, (0, 0))
        assert keep_log(LandingTable(many, CONTRACT), growth=1)
    delta = DeltaTable(many.landing / FEED)
    assert delta.metadata().configuration.get("delta.setTransactionRetentionDuration") is None
    assert [delta.transaction_version(batch) for batch in batches] == list(range(1, len(batches) + 1))


def test_a_landing_at_work_is_not_disturbed(many: Settings) -> None:
    with durable.exclusive(many.locks / f"land_{FEED}.lock", "Landing"), pytest.raises(WarehouseBusy):
        keep_feed(many, CONTRACT)


def test_rows_without_a_receipt_are_not_merged(many: Settings) -> None:
    for path in sorted((many.receipts / FEED).glob("*.json"))[-1:]:
        path.unlink()
    table = LandingTable(many, CONTRACT)
    assert merge(many, table, Ledger(many, FEED)) < MANY * 2, "their partition waits for the next landing"
    assert any(not Path(path).name.startswith("merged-") for path in table.files())


def test_a_damaged_file_is_not_merged_away(many: Settings) -> None:
    victim = Path(LandingTable(many, CONTRACT).files()[0])
    victim.write_bytes(victim.read_bytes()[:-9])
    with pytest.raises(IntegrityError, match=r"cannot be read back") as failure:
        keep_feed(many, CONTRACT)
    assert "P1" not in str(failure.value)
    assert str(victim) in LandingTable(many, CONTRACT).files()


def test_a_merged_file_needs_no_question_per_row_up_to_its_last_batch(settings: Settings) -> None:
    files = ["a/merged-00000012-abc.parquet", f"a/{'f' * 24}-part_0.parquet"]
    assert are_acknowledged(files, {"f" * 64: 12})
    assert not are_acknowledged(files, {"f" * 64: 11}), "a replay as of batch 11 must leave rows out"
    assert not are_acknowledged(files, {"e" * 64: 12})


def test_registers_lie_by_year_and_older_folders_are_still_searched(settings: Settings, tmp_path: Path) -> None:
    register = load_contracts(settings)["heating_weather_day"]
    assert register.partition_format == "%Y"
    table = LandingTable(settings, register)
    assert _periods(settings, register, ["2026-01-05", "2026-02", "2025", "2024"], ["2026"]) == [
        "2026-01-05",
        "2026-02",
    ]
    assert _periods(settings, register, ["2026"], ["2026-01-05"]) == ["2026"]
    assert table.files(["2026"]) == []


def _periods(settings: Settings, contract: Contract, there: list[str], asked: list[str]) -> list[str]:
    class Listed:
        def file_uris(self) -> list[str]:
            return [f"file:///x/business_period={period}/a.parquet" for period in there]

    table = LandingTable(settings, contract)
    table._table = Listed()  # type: ignore[assignment]
    return [Path(file).parent.name.partition("=")[2] for file in table.files(asked)]


def test_packed_receipts_are_the_same_receipts(many: Settings) -> None:
    before = Ledger(many, FEED)
    folder = many.receipts / FEED
    keep = sorted(folder.glob("*.json"))[0]
    single = keep.read_bytes()
    assert before.pack(at_least=100) == 0
    assert before.pack(at_least=3) == len(before.receipts)
    keep.write_bytes(single)  # a kill between the pack and the removal of the singles
    assert Ledger(many, FEED).receipts == before.receipts
    land_rows(many, FEED, [reading("P8", 9)])
    assert Ledger(many, FEED).pack(at_least=1) == 2
    after = Ledger(many, FEED)
    assert after.receipts[:-1] == before.receipts
    assert after.next_seq == before.next_seq + 1
    assert [path.name for path in folder.iterdir()] == ["2026-02.jsonl"]
