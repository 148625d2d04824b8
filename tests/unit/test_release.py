"""A release is whole, plain, free of personal data, and survives a kill at any step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from ingestion import audit_log
from ingestion.errors import BuildFailed, GateBlocked, IntegrityError, NothingToDo
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse import release, serving
from warehouse.build import _failure, code_version, input_digest
from warehouse.engine import connect
from warehouse.old_releases import prune
from warehouse.release import publish
from warehouse.release_scan import scan
from warehouse.serving import archived_releases, audit_anchors, read_manifest, verify_release


def put(settings: Settings) -> release.Release:
    return publish(settings, checks_passed=9, checks_total=10)


def rows(settings: Settings, sql: str) -> list[tuple]:
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def test_the_served_file_holds_public_tables_only_in_plain_types(settings: Settings) -> None:
    release_id = make_warehouse(settings)
    published = put(settings)
    assert published.release_id == release_id
    assert published.path.stat().st_mode & 0o777 == 0o444
    tables = rows(settings, "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1")
    assert [name for (name,) in tables] == [
        "dq.check_result", "marts.dim_area", "marts.fct_count", "meta.delivery", "meta.publish_info", "meta.run_log",
        "zh.dim_area", "zh.件数", "zh.发布说明",
    ]  # fmt: skip
    assert rows(settings, "SELECT count(*) FROM duckdb_views() WHERE NOT internal") == [(0,)]
    types = rows(settings, "SELECT DISTINCT data_type FROM duckdb_columns()")
    assert ("HUGEINT",) not in types
    assert rows(settings, "SELECT area_code, case_count FROM marts.fct_count") == [("0", 135), ("1", 145), ("2", 155)]
    assert rows(settings, "SELECT DISTINCT run_id FROM dq.check_result") == [(release_id,)]


def test_an_older_version_stands_beside_the_latest_in_both_languages(settings: Settings) -> None:
    older = (
        "CREATE TABLE marts.fct_count_v1 AS SELECT area_code, case_count FROM marts.fct_count",
        "COMMENT ON TABLE marts.fct_count_v1 IS '件数 / counts'",
        "INSERT INTO meta.model_catalogue VALUES ('marts', 'fct_count_v1', TRUE)",
    )
    make_warehouse(settings, *older)
    put(settings)
    assert rows(settings, "FROM zh.件数_v1 ORDER BY ALL") == rows(settings, "FROM marts.fct_count_v1 ORDER BY ALL")
    assert len(rows(settings, "DESCRIBE zh.件数")) == 3


def test_comments_travel_with_the_tables(settings: Settings) -> None:
    make_warehouse(settings)
    put(settings)
    tables = rows(settings, "SELECT comment FROM duckdb_tables() WHERE table_name = 'fct_count'")
    columns = rows(settings, "SELECT comment FROM duckdb_columns() WHERE column_name = 'case_count'")
    assert (tables, columns) == ([("件数 / counts",)], [("件数 / cases",)])


def test_the_pointer_the_row_and_the_answer_agree(settings: Settings) -> None:
    make_warehouse(settings)
    published = put(settings)
    pointer = json.loads((settings.serving / "current.json").read_text(encoding="utf-8"))
    assert pointer == {
        "release_id": published.release_id,
        "published_at": published.published_at.isoformat(),
        "data_as_of": "2026-02-01T06:00:00",
        "database": str(published.path),
        "checks_passed": 9,
        "checks_total": 10,
    }
    assert rows(settings, "SELECT release_id, published_at, data_as_of, code_version FROM meta.publish_info") == [
        (published.release_id, published.published_at, published.data_as_of, "c0de")
    ]


def test_parquet_copies_hold_the_same_rows(settings: Settings) -> None:
    make_warehouse(settings)
    put(settings)
    parquet = settings.serving / "parquet"
    assert {path.stem for path in parquet.iterdir()} == {
        "check_result", "dim_area", "fct_count", "delivery", "publish_info", "run_log",
    }  # fmt: skip
    with connect(":memory:", settings=settings) as connection:
        copied = connection.execute(f"SELECT * FROM read_parquet('{parquet}/fct_count.parquet')").fetchall()
    assert copied == rows(settings, "SELECT * FROM marts.fct_count")


def test_the_served_file_opens_in_the_older_format(settings: Settings) -> None:
    make_warehouse(settings)
    put(settings)
    found = rows(settings, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal")
    assert found == [("v1.2.0+",)]
    assert rows(settings, "SELECT block_size FROM pragma_database_size()") == [(65536,)]


def test_the_same_build_is_published_once(settings: Settings) -> None:
    make_warehouse(settings)
    first = put(settings)
    with pytest.raises(NothingToDo, match=first.release_id):
        put(settings)


def test_the_same_build_has_the_same_name_and_content(settings: Settings, tmp_path: Path) -> None:
    other = make_settings(tmp_path / "other")
    assert make_warehouse(settings) == make_warehouse(other)
    first, second = read_manifest(settings, put(settings).release_id), read_manifest(other, put(other).release_id)
    assert first
    assert second
    moment = {"meta.publish_info": 0, "zh.发布说明": 0}
    assert first.tables | moment == second.tables | moment


def test_what_is_due_is_known_without_building(settings: Settings) -> None:
    assert release.due_release_id(settings, []) is None
    build = f"code_version = '{code_version(settings)}', input_digest = '{input_digest([])}'"
    make_warehouse(settings, f"UPDATE meta.build_info SET {build}")
    served = put(settings).release_id
    assert release.due_release_id(settings, []) == served
    make_warehouse(settings)
    put(settings)
    assert release.due_release_id(settings, []) == served != serving.current_release(settings)


def test_a_release_holds_the_end_of_the_audit_log(settings: Settings) -> None:
    make_warehouse(settings)
    audit_log.record(settings, audit_log.Access("rows", "fct_case", "", 3, "督办核对"))
    release_id = put(settings).release_id
    kept = read_manifest(settings, release_id)
    assert kept is not None
    assert kept.audit == audit_log.anchor(settings) != {}
    assert audit_anchors(settings) == {f"release {release_id}": kept.audit}
    shutil.rmtree(settings.audit)
    with pytest.raises(IntegrityError, match=f"line 1: is missing: release {release_id}"):
        audit_log.verify(settings, audit_anchors(settings))


def test_nothing_built_is_nothing_to_do(settings: Settings) -> None:
    with pytest.raises(NothingToDo, match="citypulse build"):
        put(settings)
    assert not settings.warehouse_db.exists()


def test_an_unaudited_or_failed_build_is_not_published(settings: Settings) -> None:
    release_id = make_warehouse(settings, audited=False)
    with pytest.raises(GateBlocked, match="not audited"):
        put(settings)
    make_warehouse(settings, f"INSERT INTO dq.check_result VALUES ('{release_id}', 'sample', 'critical', FALSE)")
    with pytest.raises(GateBlocked, match="failed 1 critical"):
        put(settings)
    assert not settings.serving.exists()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("[1, 2]", "marts.fct_count.odd has type INTEGER"),
        ("TIMESTAMPTZ '2026-01-01'", "marts.fct_count.odd has type TIMESTAMP WITH TIME ZONE"),
        ("1::DECIMAL(38,2)", r"marts.fct_count.odd has type DECIMAL\(38,2\)"),
        ("1::FLOAT", "marts.fct_count.odd has type FLOAT"),
        ("sum(10000000000000000000::HUGEINT)", "beyond BIGINT"),
    ],
)
def test_a_type_that_drivers_disagree_on_is_refused_by_name(settings: Settings, column: str, said: str) -> None:
    make_warehouse(settings, f"CREATE OR REPLACE TABLE marts.fct_count AS SELECT {column} AS odd")
    with pytest.raises(IntegrityError, match=said):
        put(settings)
    assert not settings.serving.exists()
    assert list(settings.releases.iterdir()) == []


MOBILE, CARD = "1" + "39" + "0000" + "1234", "210202" + "19900307" + "001X"


@pytest.mark.parametrize(
    "value",
    [
        f"'{MOBILE}'",
        f"'电话{MOBILE}。'",
        f"'{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}'",
        f"'+86 {MOBILE}'",
        f"translate('{MOBILE}', '0123456789', '０１２３４５６７８９')",
        f"{MOBILE}::BIGINT",
        f"'身份证{CARD}'",
        "'v1:0123456789abcdef0123'",
    ],
)
def test_personal_looking_values_stop_the_release_without_being_shown(settings: Settings, value: str) -> None:
    make_warehouse(settings, f"CREATE OR REPLACE TABLE marts.fct_count AS SELECT {value} AS name_zh")
    with pytest.raises(IntegrityError, match=r"marts\.fct_count\.name_zh: 1 rows look like") as caught:
        put(settings)
    assert MOBILE not in str(caught.value)
    assert CARD not in str(caught.value)
    assert not settings.serving.exists()


@pytest.mark.parametrize(
    "value", [f"repeat('a{MOBILE}', 4)", "'20260105001'", "'210202001002003'", "'91210200MA0000000X'", "'2026-01-05'"]
)
def test_codes_dates_and_digests_are_not_taken_for_people(settings: Settings, value: str) -> None:
    make_warehouse(settings, f"CREATE OR REPLACE TABLE marts.fct_count AS SELECT {value} AS code")
    put(settings)


def test_two_tables_of_one_name_are_refused(settings: Settings) -> None:
    make_warehouse(settings, "INSERT INTO meta.model_catalogue VALUES ('meta', 'delivery', TRUE)")
    with pytest.raises(IntegrityError, match="delivery"):
        put(settings)


def test_a_public_model_that_was_not_built_is_refused(settings: Settings) -> None:
    make_warehouse(settings, "INSERT INTO meta.model_catalogue VALUES ('marts', 'absent', TRUE)")
    with pytest.raises(IntegrityError, match=r"marts\.absent"):
        put(settings)


def test_nothing_is_published_from_a_damaged_warehouse(settings: Settings) -> None:
    """One bit is flipped in each block in turn: it is the sound release, or a refusal, and the old one stays."""
    make_warehouse(settings)
    before = put(settings).release_id
    more = "INSERT INTO marts.fct_count SELECT md5(i::VARCHAR), i, 0.25 FROM range(20000) AS t(i)"
    release_id = make_warehouse(settings, more, "UPDATE meta.build_info SET input_digest = 'later'")
    seen = "SELECT count(*), sum(case_count), max(area_code) FROM marts.fct_count"
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        truth = connection.execute(seen).fetchall()
    whole, refusals = settings.warehouse_db.read_bytes(), []
    for place in range(12288 + 5000, len(whole), 262144):  # behind three headers, block by block
        settings.warehouse_db.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            put(settings)
        except IntegrityError as refusal:
            refusals.append(refusal)
            assert serving.current_release(settings) == before
            assert verify_release(settings) == []
            assert read_manifest(settings, release_id) is None
        else:
            assert rows(settings, seen) == truth
            serving.drop_manifest(settings, release_id)
            serving.point_to(settings, serving.manifests(settings)[0])
    assert {refusal.exit_code for refusal in refusals} == {7}
    assert all("`citypulse run` builds it anew" in refusal.next_step for refusal in refusals)
    assert any("marts.fct_count" in refusal.message for refusal in refusals)


def test_a_build_that_fails_on_a_damaged_warehouse_names_the_damage(settings: Settings) -> None:
    make_warehouse(settings, "INSERT INTO marts.fct_count SELECT md5(i::VARCHAR), i, 0.25 FROM range(20000) AS t(i)")
    failed = SimpleNamespace(result=None, exception=ValueError())
    assert isinstance(_failure(settings, failed), BuildFailed)
    whole = settings.warehouse_db.read_bytes()
    place = whole.index(hashlib.md5(b"15000").hexdigest()[:12].encode())
    settings.warehouse_db.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    found = _failure(settings, failed)
    assert (type(found), "marts.fct_count" in str(found)) == (IntegrityError, True)


def test_a_flipped_byte_is_never_read_as_data(settings: Settings, tmp_path: Path) -> None:
    make_warehouse(settings)
    whole = put(settings).path.read_bytes()
    damaged = tmp_path / "damaged.duckdb"
    for place in range(4096, len(whole), len(whole) // 40):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            scan(settings, damaged)
        except (IntegrityError, duckdb.Error):
            continue  # detected; a byte in an unused block changes nothing


@pytest.mark.parametrize("broken", ["release", "parquet", "served", "pointer", "link", "manifest"])
def test_every_damage_is_seen_and_publishing_again_heals_it(settings: Settings, broken: str) -> None:
    make_warehouse(settings)
    published = put(settings)
    assert verify_release(settings) == []
    served = settings.serving / "governance.duckdb"
    parquet = settings.releases / f"{published.release_id}.parquet" / "fct_count.parquet"
    if broken in ("release", "parquet"):
        path = published.path if broken == "release" else parquet
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-9] + b"\xff" * 9)
    elif broken == "served":
        served.unlink()
    elif broken == "pointer":
        (settings.serving / "current.json").write_text('{"release_id": "' + published.release_id + '"}')
    elif broken == "link":
        (settings.serving / "parquet").unlink()
    else:
        (settings.releases / f"{published.release_id}.json").unlink()
    problems = verify_release(settings)
    assert problems
    assert all("citypulse release" in problem for problem in problems)
    put(settings)
    assert verify_release(settings) == []
    assert served.samefile(published.path)


def test_a_reader_keeps_what_it_opened_and_the_next_one_sees_the_new_release(settings: Settings) -> None:
    make_warehouse(settings)
    put(settings)
    held = os.open(settings.serving / "governance.duckdb", os.O_RDONLY)
    make_warehouse(
        settings, "UPDATE meta.build_info SET input_digest = 'other', as_of = TIMESTAMP '2026-02-02 06:00:00'"
    )
    second = put(settings)
    assert second.release_id.startswith("r20260202-")
    assert os.fstat(held).st_ino != (settings.serving / "governance.duckdb").stat().st_ino
    os.close(held)
    assert rows(settings, "SELECT release_id FROM meta.publish_info") == [(second.release_id,)]
    assert (settings.serving / "parquet").resolve().name == f"{second.release_id}.parquet"


def test_without_hard_links_the_file_is_copied(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    make_warehouse(settings)
    published = put(settings)
    assert not (settings.serving / "governance.duckdb").samefile(published.path)
    assert verify_release(settings) == []


def test_old_releases_go_but_never_one_in_service_or_in_its_grace(settings: Settings) -> None:
    ids = []
    for day in range(1, 6):
        make_warehouse(
            settings, f"UPDATE meta.build_info SET as_of = TIMESTAMP '2026-02-0{day} 06:00:00', input_digest = '{day}'"
        )
        ids.append(put(settings).release_id)
        manifest = settings.releases / f"{ids[-1]}.json"
        content = json.loads(manifest.read_text(encoding="utf-8")) | {"published_at": f"2026-02-0{day}T08:00:00"}
        manifest.write_text(json.dumps(content), encoding="utf-8")
    (settings.releases / "r20260101-unfinished.duckdb").touch()
    now = datetime(2026, 2, 4, 9)
    assert prune(settings, now=now, keep=2) == ["r20260101-unfinished", *ids[:2]]
    assert prune(settings, now=now + timedelta(days=9), keep=1) == ids[2:4]
    assert sorted(path.name for path in settings.releases.iterdir()) == [
        "archive",
        f"{ids[4]}.duckdb",
        f"{ids[4]}.json",
        f"{ids[4]}.parquet",
    ]
    assert archived_releases(settings) == ids[:4], "a printed brief's release can still be explained"


def test_the_last_release_of_a_month_stays_for_a_year(settings: Settings) -> None:
    days = ("2025-11-29", "2025-11-30", "2025-12-31", "2026-01-30", "2026-01-31")
    for day in days:
        make_warehouse(settings, f"UPDATE meta.build_info SET as_of = TIMESTAMP '{day}', input_digest = '{day}'")
        manifest = settings.releases / f"{put(settings).release_id}.json"
        content = json.loads(manifest.read_text(encoding="utf-8")) | {"published_at": f"{day}T08:00:00"}
        manifest.write_text(json.dumps(content), encoding="utf-8")
    left = [release[1:9] for release in prune(settings, now=datetime(2026, 2, 9), keep=1)]
    assert left == ["20251129", "20260130"]
    left = [release[1:9] for release in prune(settings, now=datetime(2027, 1, 15), keep=1)]
    assert left == ["20251130", "20251231"]
