"""Readers while releases are published: every answer is wholly of one release, and which readers see the new one."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
import sqlalchemy

from benchmarks.dashboard import QUERIES
from benchmarks.fabricated_release import Fabricated
from benchmarks.readers import KINDS, Trial
from benchmarks.reading import RELEASE, Read, judged, open_parquet, read_records
from tests.warehouse_fixture import make_settings
from warehouse.serving import current_release, manifests, point_to

SMALL = {"kpis": 8, "months": 14, "days": 20, "streets": 26, "other_tables": 2}
SECONDS_OF_SWAPS = 2.0


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A home with a small invented release, into which more are published."""
    base = tmp_path_factory.mktemp("readers")
    trial = Trial(base, Fabricated(make_settings(base / "home"), **SMALL), threads=1, nice=0)
    trial.publish()
    trial.publish()
    return trial


def swap(trial: Trial) -> None:
    """Put another release into service than the one that is."""
    served = current_release(trial.settings)
    point_to(trial.settings, next(each for each in manifests(trial.settings) if each.release_id != served))


def release_of(connection: duckdb.DuckDBPyConnection) -> str:
    (release_id,) = connection.execute(RELEASE).fetchone() or ("",)
    return str(release_id)


def test_every_answer_is_wholly_of_one_release_while_more_are_published(trial: Trial) -> None:
    with trial.readers("published", KINDS) as records:
        for _ in range(2):
            trial.publish()
    published = read_records(records)
    with trial.readers("swapped", KINDS) as records:
        trial.swap_for(SECONDS_OF_SWAPS)
    swapped = read_records(records)
    for reads in (published, swapped):
        found = judged(reads, trial.expected())
        assert (found["errors"], found["mixed"]) == (0, 0), found["first_errors"]
        assert found["releases_seen"] > 1
        assert {(read.kind, read.query) for read in reads} == {(kind, query) for kind in KINDS for query in QUERIES}


def test_the_judge_tells_a_mixed_answer_and_a_failed_one(trial: Trial) -> None:
    expected = trial.expected()
    first, second = list(expected)[:2]
    right = [Read("kept", 0, 0, query, first, digest) for query, digest in expected[first].items()]
    assert judged(right, expected)["mixed"] == 0
    wrong = [replace(read, release_id=second) for read in right]
    assert judged(wrong, expected)["mixed"] == len(QUERIES)
    failed = judged([*right, Read("kept", 0, 1, "", error="IOException: gone")], expected)
    assert (failed["errors"], failed["first_errors"]) == (1, ["IOException: gone"])
    divided = judged([*right[:3], *(Read("kept", 0, 0, q, second, d) for q, d in expected[second].items())], expected)
    assert (divided["mixed"], divided["pages_across_releases"]) == (0, {"kept": 1})
    with pytest.raises(AssertionError, match="answers alike"):
        judged(
            right,
            {first: expected[first], second: {**expected[second], "trend_by_day": expected[first]["trend_by_day"]}},
        )


def test_a_process_sees_the_new_release_once_its_last_connection_has_closed(trial: Trial) -> None:
    served = str(trial.settings.serving / "governance.duckdb")
    held = duckdb.connect(served, read_only=True)
    before = release_of(held)
    swap(trial)
    with duckdb.connect(served, read_only=True) as shared:
        assert release_of(shared) == release_of(held) == before
    held.close()
    with duckdb.connect(served, read_only=True) as connection:
        assert release_of(connection) != before


def test_sqlalchemy_without_a_pool_sees_the_new_release_with_the_next_query(trial: Trial) -> None:
    address, arguments = f"duckdb:///{trial.settings.serving / 'governance.duckdb'}", {"read_only": True}
    pooled = sqlalchemy.create_engine(address, connect_args=arguments)
    seen = []
    for engine in (sqlalchemy.create_engine(address, connect_args=arguments, poolclass=sqlalchemy.NullPool), pooled):
        for _ in range(2):
            with engine.connect() as connection:
                seen.append(connection.execute(sqlalchemy.text(RELEASE)).scalar())
            swap(trial)
    pooled.dispose()
    assert seen[0] != seen[1]
    assert seen[2] == seen[3]


def test_files_read_through_the_link_may_be_of_two_releases_and_through_its_target_are_of_one(trial: Trial) -> None:
    link = trial.settings.serving / "parquet"
    with open_parquet(link, threads=1) as through, open_parquet(link.resolve(), threads=1) as resolved:
        before = [release_of(through), release_of(resolved)]
        swap(trial)
        after = [release_of(through), release_of(resolved)]
    assert before[0] == before[1] == after[1]
    assert after[0] != before[0]


def test_a_release_that_is_pruned_away_stays_with_who_holds_it(trial: Trial) -> None:
    served, settings = trial.settings.serving / "governance.duckdb", trial.settings
    with duckdb.connect(str(served), read_only=True) as connection:
        held = release_of(connection)
        path = settings.releases / f"{held}.duckdb"
        swap(trial)
        path.unlink()
        (counted,) = connection.execute(
            "SELECT count(DISTINCT hash(whole)) FROM marts.fct_kpi_value AS whole"
        ).fetchone() or (0,)
    assert counted > 1000
