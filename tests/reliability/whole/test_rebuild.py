"""The backup is enough, and the order in which files came is not in the figures.

Twice the warehouse is made again: once by the drill, from the restored landing zone, compared cell by cell with what
was published, as `replay --as-of` does; and once from the restored vault, delivered anew in another order, merged, on
one thread and in another time zone, compared by content hash with the warehouse of the first run.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from duckdb import DuckDBPyConnection

from citypulse.drill import drill
from citypulse.house.backup import back_up
from citypulse.house.restore import restore
from citypulse.house.restore_report import RestoreReport
from ingestion import landing_upkeep
from ingestion.contract import Contract, load_contracts
from ingestion.errors import DeliveriesRefused
from ingestion.landing_upkeep import keep_feed
from ingestion.receipts import Receipt, all_receipts
from ingestion.settings import Settings, local_now
from ingestion.sighting import HIDDEN
from tests.reliability.figures import record
from tests.reliability.whole.conftest import run
from warehouse.engine import connect
from warehouse.release_scan import fingerprint

# What may differ between two warehouses of the same rows, and why. All else is equal, or the test fails.
LINEAGE = {"batch_id", "batch_seq", "row_no", "recorded_at"}  # by which delivery a row came, and when
ABOUT_DELIVERIES = {  # tables that tell of the deliveries themselves: their order, their moment, what repeated
    "staging.stg_delivery",
    "staging.stg_delivery_day",
    "marts.fct_feed_due",
}
OF_THE_RUN = {  # numbers a run gives to the rows it has at hand; they go no further (decision 0013)
    "intermediate.int_grid_event_point": {"event_id"},
    "intermediate.int_grid_event_unplaced": {"event_id"},
    # Of deliveries that brought a row twice the one that came first counts as having brought it.
    "marts.fct_feed_month": {"quarantined_rate", "quality_grade"},
}
ON_TIME = "quality.feed_on_time_rate"  # the one KPI whose figure is the moment of delivery
ROWS = dict.fromkeys(("marts.fct_kpi_value", "marts.fct_kpi_cell", "marts.kpi_quality"), f"kpi_code <> '{ON_TIME}'")


@pytest.fixture(scope="module")
def city(whole_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The city's home, copied, with a backup of it."""
    place = tmp_path_factory.mktemp("rebuild")
    left = shutil.ignore_patterns("work", "site", "briefs", "inbox")
    home = Path(shutil.copytree(whole_city.home, place / "home", symlinks=True, ignore=left))
    (place / "backup").mkdir()
    copied = replace(whole_city, home=home, backup=place / "backup")
    back_up(copied, local_now())
    return copied


def test_the_published_release_comes_out_of_the_backup_again(city: Settings) -> None:
    report = drill(city)
    report.check()
    tables = report.replayed.tables
    assert (report.not_in_backup, report.restored.key, report.unlike_served) == (0, "right", [])
    assert report.restored.last_acknowledged == max(receipt.recorded_at for receipt in all_receipts(city))
    assert len(tables) > 60
    assert not (city.work / "drill").exists()
    record(
        "restore",
        rpo_deliveries_lost=report.not_in_backup,
        rto_seconds=report.rto_seconds,
        seconds_by_stage=report.stages,
        files=report.restored.files,
        mib=report.restored.mib,
        rows=report.restored.rows,
    )
    record("replay", tables=len(tables), rows=report.replayed.rows, differing=len(report.replayed.differing))


def test_another_order_merged_files_one_thread_and_another_zone_change_no_figure(
    city: Settings, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = replace(city, home=tmp_path / "restored")
    report: RestoreReport = restore(restored, city.backup or Path())
    report.check()
    started = monotonic()
    anew = replace(city, home=tmp_path / "anew", threads=1)
    permuted = deliver_anew(city, restored, anew, random.Random(seed))
    assert len(permuted) > 15, "most feeds do not care for the order of their files"
    monkeypatch.setenv("TZ", "America/New_York")
    said, feeds = tmp_path / "output.txt", list(reversed(load_contracts(anew)))
    # Of a message and a file that tell of one moment the one that lands later counts: messages first, as before.
    feeds.sort(key=lambda feed: not feed.endswith("_message"))
    run(anew, said, "land", *feeds, code=DeliveriesRefused.exit_code)  # what was refused before is refused again
    monkeypatch.setattr(landing_upkeep, "MANY", 1)
    merged = sum(keep_feed(anew, contract).merged_rows for contract in load_contracts(anew).values())
    assert merged > 1_000
    run(anew, tmp_path / "output.txt", "build")
    seconds = round(monotonic() - started, 1)
    tables, rows, differing = unlike(city, anew)
    assert differing == [], f"seed {seed}"
    assert tables > 200
    record("rebuild", tables=tables, rows=rows, differing=0, seconds=seconds, feeds_permuted=len(permuted))


# another order


def deliver_anew(city: Settings, vault_of: Settings, anew: Settings, chance: random.Random) -> list[str]:
    """Put the originals back into the inbox of an empty home. Returns the feeds whose files come in another order.

    Landing takes the oldest file first, so the time of a file is its place.
    """
    receipts = all_receipts(city)
    permuted = []
    for feed, contract in load_contracts(city).items():
        order = [receipt for receipt in receipts if receipt.feed == feed]
        usual = [receipt for receipt in order if not is_planted(receipt)]
        if len(usual) > 1 and is_free(city, contract):
            before = list(usual)
            while usual == before:
                chance.shuffle(usual)
            permuted.append(feed)
        for place, receipt in enumerate([*usual, *filter(is_planted, order)]):
            (original,) = (vault_of.vault / feed).glob(f"{receipt.batch_id}*")
            path = anew.inbox / feed / name_of(receipt)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, path)
            path.with_name(f"{path.name}.ok").touch()
            os.utime(path, (1_700_000_000 + place,) * 2)
    shutil.copyfile(vault_of.home / "SYNTHETIC", anew.home / "SYNTHETIC")
    return permuted


def is_planted(receipt: Receipt) -> bool:
    """Whether it holds canary persons; it came last. Such files hold one row many times: which of them landed it,
    and in which month what they set aside counts, is a matter of their order."""
    return HIDDEN in receipt.file_name


def name_of(receipt: Receipt) -> str:
    """A name of its own for each delivery, of the agreed form; one out of a zip has that of the file in it."""
    return f"{receipt.batch_seq:03d}_{receipt.file_name.rpartition('!')[2].rpartition('/')[2]}"


def is_free(city: Settings, contract: Contract) -> bool:
    """Whether the order of its files cannot matter: no key, with its version, ever came with two contents."""
    names = [*contract.key, *([contract.version] if contract.version else [])]
    key, content = (", ".join(f'"{name}"' for name in part) for part in (names, contract.compared))
    with connect(city.warehouse_db, settings=city, read_only=True) as warehouse:
        landed = f"(SELECT DISTINCT {content} FROM landing.{contract.feed})"
        found = warehouse.execute(f"SELECT 1 FROM {landed} GROUP BY {key} HAVING count(*) > 1 LIMIT 1").fetchone()
    return found is None


# content


def unlike(city: Settings, anew: Settings) -> tuple[int, int, list[str]]:
    """Tables and rows compared, and the tables whose content hash differs."""
    with connect(":memory:", settings=city) as connection:
        for name, settings in (("first", city), ("anew", anew)):
            connection.execute(f"ATTACH '{settings.warehouse_db}' AS {name} (READ_ONLY)")
        shapes = {side: dict(shown(connection, side)) for side in ("first", "anew")}
        assert shapes["first"] == shapes["anew"]
        marks = {side: {t: mark(connection, side, t, shape) for t, shape in shapes[side].items()} for side in shapes}
    first = marks["first"]
    return len(first), sum(rows for rows, _ in first.values()), [t for t in first if first[t] != marks["anew"][t]]


def shown(connection: DuckDBPyConnection, side: str) -> Iterator[tuple[str, list[str]]]:
    """Each table with the columns that must be equal."""
    tables = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) "
        f"FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        f"WHERE database_name = '{side}' AND schema_name IN ('staging', 'intermediate', 'marts') GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert {*ABOUT_DELIVERIES, *OF_THE_RUN, *ROWS} <= {table for table, _ in tables}, "the list of exceptions is stale"
    for table, columns in tables:
        if table not in ABOUT_DELIVERIES:
            yield table, [name for name in columns if name not in LINEAGE | OF_THE_RUN.get(table, set())]


def mark(connection: DuckDBPyConnection, side: str, table: str, columns: list[str]) -> tuple[int, str]:
    listed = ", ".join(f'"{name}"' for name in columns)
    rows = f"SELECT {listed} FROM {side}.{table} WHERE {ROWS.get(table, 'TRUE')}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW looked_at AS {rows}")
    return fingerprint(connection, "temp", "looked_at")
