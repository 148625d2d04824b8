"""Which release is replayed, from which deliveries, and what a comparison says of two files."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from citypulse.replay import ReplayReport, _moment
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse.build import input_digest
from warehouse.compare import TableDifference, compare
from warehouse.engine import connect
from warehouse.release import publish
from warehouse.replay import ReplayHome, find
from warehouse.serving import read_manifest, write_manifest


def receipt(seq: int) -> Receipt:
    return Receipt("hotline_city", f"b{seq}", seq, f"{seq}.csv", f"2026-02-0{seq} 05:00:00", "landed", 1, 1)


@pytest.fixture(scope="module")
def three_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three deliveries, on the mornings of 1, 2 and 3 February, each released at six."""
    made = make_settings(tmp_path_factory.mktemp("releases"))
    days = count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.release.local_now", lambda: datetime(2026, 2, next(days), 6))
        for seq in (1, 2, 3):
            Ledger(made, "hotline_city").acknowledge(receipt(seq))
            digest = input_digest([receipt(n) for n in range(1, seq + 1)])
            seen = f"CREATE TABLE meta.build_input AS SELECT 'hotline_city' AS feed, {seq}::BIGINT AS last_batch_seq"
            make_warehouse(made, f"UPDATE meta.build_info SET input_digest = '{digest}'", seen)
            publish(made, checks_passed=1, checks_total=1)
    return made.home


@pytest.fixture
def settings(tmp_path: Path, three_releases: Path) -> Settings:
    return make_settings(Path(shutil.copytree(three_releases, tmp_path / "home", symlinks=True)))


def test_the_release_in_service_at_a_moment_is_found_with_its_deliveries(settings: Settings) -> None:
    second = find(settings, as_of=datetime(2026, 2, 3, 5, 59))
    assert second.manifest.published_at == "2026-02-02T06:00:00"
    assert [r.batch_seq for r in second.receipts] == [1, 2]
    assert second.before == find(settings, as_of=datetime(2026, 2, 1, 6)).release_id
    assert find(settings, release_id=second.release_id) == second
    assert len(find(settings).receipts) == 3, "none named: the newest"
    assert second.other_code == "c0de", "the fixture's code is not today's"


def test_where_there_was_no_release_there_is_nothing_to_replay(settings: Settings) -> None:
    with pytest.raises(NothingToDo):
        find(settings, as_of=datetime(2026, 2, 1, 5, 59))
    with pytest.raises(NothingToDo, match="r20200101-0"):
        find(settings, release_id="r20200101-0")


def test_a_release_that_remembers_no_deliveries_is_recognised_by_its_name(settings: Settings) -> None:
    second = find(settings, as_of=datetime(2026, 2, 2, 6))
    write_manifest(settings, replace(second.manifest, inputs={}))
    assert [r.batch_seq for r in find(settings, release_id=second.release_id).receipts] == [1, 2]
    (settings.receipts / "hotline_city" / "00000001-b1.json").unlink()
    with pytest.raises(IntegrityError, match="from before releases remembered"):
        find(settings, release_id=second.release_id)


def test_lost_receipts_and_a_changed_release_are_told_before_anything_is_built(settings: Settings) -> None:
    third = find(settings)
    (settings.receipts / "hotline_city" / "00000001-b1.json").unlink()
    with pytest.raises(IntegrityError, match="receipts are not those"):
        find(settings)
    path = settings.releases / f"{third.release_id}.duckdb"
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(IntegrityError, match="no longer what was published"):
        find(settings)


def test_a_replay_reads_the_home_and_writes_beside_it(settings: Settings, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    home = ReplayHome(**asdict(settings), scratch=scratch)
    for name in ("landing", "receipts", "quarantine", "releases", "recompute", "inbox"):
        assert getattr(home, name) == getattr(settings, name)
    for name in ("work", "warehouse_db", "locks", "logs", "site", "serving", "database"):
        assert getattr(home, name).is_relative_to(scratch), name
    assert read_manifest(home, find(settings).release_id) is not None


def test_a_moment_is_local_unless_it_names_its_zone() -> None:
    assert _moment("2026-01-31T08:00:00") == datetime(2026, 1, 31, 8)
    assert _moment("2026-01-31T08:00:00+00:00") == datetime(2026, 1, 31, 16)
    with pytest.raises(ContractError, match="no moment"):
        _moment("yesterday")


TABLES = """CREATE SCHEMA marts;
CREATE TABLE marts.same AS SELECT range AS a, NULL::VARCHAR AS b FROM range(100);
CREATE TABLE marts.keyed AS SELECT range AS id, range * 2 AS x, NULL::INT AS y, now() AS made_at FROM range(50);
CREATE TABLE marts.twice AS SELECT 1 AS a FROM range({twice});
CREATE TABLE marts.{lone} AS SELECT 1 AS a FROM range(3);
CREATE TABLE marts.wider AS SELECT 1 AS a {wider};
"""


def two_files(folder: Path) -> list[TableDifference]:
    settings = make_settings(folder)
    for name, twice, lone, wider in (("one", 3, "gone", ""), ("two", 2, "come", ", 2 AS b")):
        with connect(folder / f"{name}.duckdb", settings=settings) as connection:
            connection.execute(TABLES.format(twice=twice, lone=lone, wider=wider))
            if name == "two":
                connection.execute(
                    "UPDATE marts.keyed SET x = -1 WHERE id IN (3, 4); DELETE FROM marts.keyed WHERE id = 9"
                )
                connection.execute(
                    "UPDATE marts.keyed SET y = 1 WHERE id = 4; INSERT INTO marts.keyed VALUES (99, 0, 0, now())"
                )
    keys = {"marts.keyed": ["id"], "marts.same": ["a"]}
    return compare(settings, folder / "one.duckdb", folder / "two.duckdb", keys, {"marts.keyed": ["made_at"]})


def test_differences_are_counted_by_row_and_by_column(tmp_path: Path) -> None:
    found = {d.table.removeprefix("marts."): d for d in two_files(tmp_path)}
    assert [name for name, d in found.items() if not d.differs] == ["same"]
    keyed = found["keyed"]
    assert (keyed.published_rows, keyed.replayed_rows, keyed.only_published, keyed.only_replayed) == (50, 50, 3, 3)
    assert (keyed.changed, keyed.columns) == (2, {"x": 2, "y": 1})
    assert (found["twice"].only_published, found["twice"].only_replayed) == (1, 0)
    assert (found["gone"].only_published, found["come"].only_replayed) == (3, 3)
    assert found["wider"].strange_columns == ["b"]


def test_a_report_names_what_differs_and_never_a_value(tmp_path: Path) -> None:
    tables = two_files(tmp_path)
    report = ReplayReport("r1", "2026-02-01T06:00:00", "2026-02-01T05:00:00", 3, 9, 1.0, tables, ["x.y"], "0ld", "")
    with pytest.raises(IntegrityError, match=r"marts\.come, marts\.gone, marts\.keyed, marts\.twice, marts\.wider"):
        report.check()
    assert "differences may come from it" in report.line()
    assert "No release before it is kept" in report.line()
    assert report.data()["tables"] == len(tables)
    equal = replace(report, tables=[t for t in tables if not t.differs], other_code="")
    equal.check()
    assert "equal in every cell" in equal.line()
