"""What a table of a release becomes in PostgreSQL, and by which figures two copies are told apart. No server needed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import ContractError
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect
from warehouse.push.server import place_of
from warehouse.push.tables import Figures, Table, differences, figures, figures_query, read_tables

MANY = "FROM range(1000) AS r (n)"


def tables_of(folder: Path, *statements: str) -> dict[str, Table]:
    path = folder / "release.duckdb"
    with connect(path, settings=make_settings(folder)) as connection:
        for statement in statements:
            connection.execute(statement)
        return {table.name: table for table in read_tables(connection)}


def figures_of(folder: Path, row: str) -> Figures:
    with connect(folder / "one.duckdb", settings=make_settings(folder)) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE one AS SELECT * FROM (VALUES {row}) AS t (a, b, c, d, e)")
        (table,) = read_tables(connection)
        return figures(table, connection.execute(figures_query(table, "main")).fetchall()[0])


def test_indexes_follow_the_columns_and_their_copies_under_other_names(tmp_path: Path) -> None:
    found = tables_of(
        tmp_path,
        "CREATE TABLE fct AS SELECT n::VARCHAR AS area_code, DATE '2026-01-01' AS period_start, n::VARCHAR AS kpi_code "
        f"{MANY}",
        "COMMENT ON COLUMN fct.area_code IS '区域代码 / area code'",
        f'CREATE TABLE zh AS SELECT n AS other, n::VARCHAR AS "区域代码" {MANY}',
        """COMMENT ON COLUMN zh."区域代码" IS '区域代码 / area code'""",
        "CREATE TABLE small AS SELECT '1' AS area_code",
    )
    assert found["fct"].indexes == (("kpi_code", "area_code", "period_start"), ("area_code",), ("period_start",))
    assert found["zh"].indexes == (("区域代码",),)
    assert found["small"].indexes == ()


ROW = "('大连', TRUE, 1.50::DECIMAL(18,2), DATE '2026-01-31', 7::BIGINT)"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace("大连", "大"), ["a: characters"]),
        (ROW.replace("'大连'", "NULL::VARCHAR"), ["a: values", "a: characters"]),
        (ROW.replace("TRUE", "FALSE"), ["b: true"]),
        (ROW.replace("1.50", "1.51"), ["c: sum"]),
        (ROW.replace("01-31", "01-30"), ["d: least", "d: greatest"]),
        (ROW.replace("7::", "8::"), ["e: sum"]),
        (f"{ROW}, (NULL, NULL, NULL, NULL, NULL)", ["rows"]),
        (ROW, []),
    ],
)
def test_a_difference_in_any_column_is_told_by_its_name(tmp_path: Path, row: str, told: list[str]) -> None:
    assert differences(figures_of(tmp_path, ROW), figures_of(tmp_path, row)) == told


def test_the_same_number_may_be_written_in_two_ways() -> None:
    assert differences({"sum": "1.50"}, {"sum": "1.5"}) == []
    assert differences({"sum": None}, {"sum": "0"}) == ["sum"]


def test_a_type_without_a_name_in_postgresql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"main\.odd\.spans has type INTERVAL"):
        tables_of(tmp_path, "CREATE TABLE odd AS SELECT INTERVAL 1 DAY AS spans")


def test_a_place_never_holds_the_account_or_its_password() -> None:
    assert place_of("postgresql://push:canary@db:5433/gov?sslmode=require&password=canary") == "db:5433/gov"
    assert place_of("postgresql:///gov?host=/run/postgresql") == "the local socket/gov"


@pytest.mark.parametrize(
    "wrong",
    [
        "host=db password=canary",
        "mysql://push:canary@db/gov",
        "postgresql://push:canary@db",
        "postgresql://push:canary@db/",
        "postgresql://[x",
        "postgresql://push:canary/gov",
        "postgresql://push:12/canary@127.0.0.1:5432/gov",
        "postgresql://push:12/canary/x@db/gov",
        "postgresql://push:12?canary@db/gov",
        "postgresql://push:12#canary@db/gov",
        "postgresql://push:12@canary@db/gov",
        "postgresql://push:a@canary/b?c@db/gov",
        "postgresql://push:12/canary?x@db/gov",
        "postgresql://push:12/x#canary@db/gov",
        "postgresql:/push:canary@db/gov",
        "postgresql:///push:canary@db/gov",
        "//push:canary@db/gov",
        "postgresql://push:ca／nary@db/gov",
        "postgresql://db:5432/gov/more",
    ],
)
def test_an_address_of_another_form_is_refused_and_not_quoted(wrong: str) -> None:
    with pytest.raises(ContractError) as refusal:
        place_of(wrong)
    said = str(refusal.value)
    assert "canary" not in said
    assert "nary" not in said
    assert "postgresql://user@host:5432/database" in said


ODD = st.text(alphabet="/?#@:[]%&=;,\\ \n\t'\"0a大／＠", max_size=6)


@given(before=ODD, after=ODD, form=st.sampled_from(["push:{}@db:5432/gov", "push@db/gov?password={}", "{}@db/gov"]))
def test_whatever_stands_in_a_password_no_message_holds_it(before: str, after: str, form: str) -> None:
    password = f"{before}canary{after}"
    try:
        assert place_of(f"postgresql://{form.format(quote(password, safe=''))}") in ("db:5432/gov", "db/gov")
        said = place_of(f"postgresql://{form.format(password)}")
    except ContractError as refusal:
        said = str(refusal)
    assert "canary" not in said
