"""Every string of docs/bi.md that can run on this machine is run as it stands there, in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.bi.environments import environment
from warehouse.engine import LOCKED_DOWN, connect_locked
from warehouse.serving import current_release

PAGES = {name: (PROJECT_ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("bi.md", "bi.zh-CN.md")}
BLOCK = re.compile(r"<!-- run: ([\w-]+) -->\n```\w*\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall(PAGES["bi.md"])
STATEMENTS = [text for kind, text in BLOCKS if kind == "sql"]
# What each needs besides Python; what is not named here runs in the project's own environment.
NEEDS = {
    "polars": ("polars==2.1.0", "duckdb==1.5.6"),
    "cli": ("duckdb-cli==1.5.6",),
    "superset": ("duckdb-engine==0.17.0", "sqlalchemy==1.4.54", "duckdb==1.5.6"),
}
AS_SUPERSET = """
import json, sqlalchemy, sys
parameters = json.loads(sys.argv[2])["engine_params"]
engine = sqlalchemy.create_engine(sys.argv[1], poolclass=sqlalchemy.pool.NullPool, **parameters)
with engine.connect() as connection:
    print(connection.execute("SELECT release_id FROM meta.publish_info").scalar())
    for statement in ("DELETE FROM marts.dim_area", "SELECT * FROM read_text('/etc/hostname')", "SET threads = 2"):
        try:
            connection.execute(statement)
        except Exception as error:
            print(str(error).splitlines()[0])
"""


def block(kind: str, settings: Settings) -> str:
    (text,) = (text for name, text in BLOCKS if name == kind)
    return text.replace("<home>", str(settings.home))


def program(kind: str, name: str, session_folder: Path) -> str:
    return str(environment(session_folder, *NEEDS[kind]) / name) if kind in NEEDS else sys.executable


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_languages_hold_the_same_strings() -> None:
    assert len(BLOCKS) > 10
    assert BLOCK.findall(PAGES["bi.zh-CN.md"]) == BLOCKS
    fenced = [re.findall(r"```\w*\n(.*?)```", page, re.DOTALL) for page in PAGES.values()]
    assert fenced[0] == fenced[1]
    quoted = [set(re.findall(r"`([^`\n]*(?:<home>|Error)[^`\n]*)`", page)) for page in PAGES.values()]
    assert quoted[0] == quoted[1]


def test_every_string_that_the_page_says_is_run_is_run_here() -> None:
    kinds = "superset-uri superset-extra duckdb pandas polars sqlalchemy cli sql locked locked-cli"
    assert {kind for kind, _ in BLOCKS} == set(kinds.split())


@pytest.mark.parametrize("kind", ["duckdb", "pandas", "polars", "sqlalchemy"])
def test_a_script_of_the_page_runs(kind: str, released_city: Settings, session_folder: Path) -> None:
    said = run(program(kind, "python", session_folder), "-W", "ignore", "-c", block(kind, released_city))
    expected = {
        "duckdb": str(current_release(released_city)),
        "pandas": "hotline.on_time_rate",
        "polars": "大连市",
        "sqlalchemy": "区域代码",
    }
    assert expected[kind] in said


@pytest.mark.parametrize("number", range(len(STATEMENTS)))
def test_a_query_of_the_page_finds_rows(number: int, released_city: Settings) -> None:
    with connect_locked(released_city.serving / "governance.duckdb", settings=released_city) as connection:
        answer = connection.execute(STATEMENTS[number])
        columns, rows = [column for column, *_ in answer.description], answer.fetchall()
    assert rows
    assert len(set(columns)) == len(columns)


def test_the_page_says_old_data_are_old_and_invented_data_invented(released_city: Settings) -> None:
    with connect_locked(released_city.serving / "governance.duckdb", settings=released_city) as connection:
        statement = next(text for text in STATEMENTS if "notice_zh" in text)
        answer = connection.execute(statement)
        found = dict(zip([column for column, *_ in answer.description], answer.fetchone() or (), strict=True))
    assert found["hours_old"] > 36  # the week of the fixture is long over
    assert found["notice_zh"] == "数据未及时更新，数据截至 2026-01-31 23:59（模拟数据）"
    assert found["notice_en"] == "Not up to date: data as of 2026-01-31 23:59 (simulated data)"


def test_the_strings_of_superset_open_the_release_read_only_and_locked(
    released_city: Settings, session_folder: Path
) -> None:
    uri, extra = block("superset-uri", released_city).strip(), block("superset-extra", released_city)
    python = program("superset", "python", session_folder)
    said = run(python, "-W", "ignore", "-c", AS_SUPERSET, uri, json.dumps(json.loads(extra))).splitlines()
    assert said[0] == current_release(released_city)
    assert "read-only" in said[1]
    assert "disabled by configuration" in said[2]
    assert "locked" in said[3]


@pytest.mark.parametrize("kind", ["cli", "locked-cli"])
def test_the_command_line_answers(kind: str, released_city: Settings, session_folder: Path) -> None:
    shell = program("cli", "duckdb", session_folder)
    command = block(kind, released_city).replace("duckdb -", f"{shell} -", 1)
    assert str(current_release(released_city)) in run("sh", "-c", command)


def test_what_the_page_locks_stays_locked(released_city: Settings, session_folder: Path) -> None:
    assert LOCKED_DOWN in PAGES["bi.md"]
    scope: dict[str, duckdb.DuckDBPyConnection] = {}
    exec(block("locked", released_city), scope)
    for statement in (
        "FROM read_text('/etc/hostname')",
        "SET enable_external_access = true",
        "DELETE FROM marts.dim_area",
    ):
        with pytest.raises(duckdb.Error):
            scope["connection"].execute(statement)
    scope["connection"].close()
    shell = program("cli", "duckdb", session_folder)
    command = block("locked-cli", released_city).replace("duckdb -", f"{shell} -", 1)
    attempt = command.replace("SELECT release_id FROM meta.publish_info", "FROM read_text('/etc/hostname')")
    done = subprocess.run(["sh", "-c", attempt], capture_output=True, text=True)
    assert done.returncode != 0
    assert "disabled by configuration" in done.stderr
