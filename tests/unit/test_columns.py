"""What the SQL of a model makes of which column: against an answer by hand, and against DuckDB, which is asked to show
each influence by changing one source column at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.settings import Settings
from warehouse.columns import Columns, kept_columns, read_columns
from warehouse.columns.origin import Kind, NotRead, stored
from warehouse.columns.query import read_query

TABLES = {
    "s.a": {"id": [1, 2, 3, 4], "x": [10, 20, 30, 40], "y": [5, 6, 7, 5], "k": ["p", "p", "q", "r"],
            "l": [[1, 2], [3], [4, 5], [6]], "r": [{"u": n, "v": n + 1} for n in (1, 3, 5, 7)]},
    "s.b": {"id": [1, 2, 3, 5], "z": [7, 8, 9, 7], "k": ["q", "p", "r", "q"]},
}  # fmt: skip
OTHER = {"id": 2, "x": 11, "y": 3, "z": 4, "k": "q", "l": [9, 8, 7], "r": {"u": 70, "v": 80}}
SHAPES = {"l": "INTEGER[]", "k": "VARCHAR", "r": "STRUCT(u INTEGER, v INTEGER)"}

# Query; then by column what is done and what it reads, in the words `table.column`, rows as `table.*`.
CASES = {
    "passed, renamed, computed, constant": (
        "select x, y as why, x + y as both, 7 as seven, cast(x as varchar) as text from s.a",
        {"x": "passed a.x", "why": "renamed a.y", "both": "computed a.x a.y", "seven": "constant",
         "text": "computed a.x"},
    ),
    "a star with exclude, replace and rename": (
        "select * exclude (l, r) replace (x * 2 as x) rename (y as why) from s.a",
        {"id": "passed a.id", "x": "computed a.x", "why": "renamed a.y", "k": "passed a.k"},
    ),
    "the star of one of two tables": (
        "select b.*, a.x from s.a as a inner join s.b as b on a.id = b.id",
        {"id": "passed b.id", "z": "passed b.z", "k": "passed b.k", "x": "passed a.x"},
    ),
    "a name given before in the same select, which a column of the table outdoes": (
        "select x + 1 as more, more * 2 as twice, y as x, x as old from s.a",
        {"more": "computed a.x", "twice": "computed a.x", "x": "renamed a.y", "old": "renamed a.x"},
    ),
    "union by name": (
        "select id, x from s.a union all by name select z as x, k from s.b",
        {"id": "passed a.id", "x": "renamed a.x b.z", "k": "passed b.k"},
    ),
    "union by place": (
        "select id, x from s.a union all select z, id from s.b",
        {"id": "renamed a.id b.z", "x": "renamed a.x b.id"},
    ),
    "aggregates with filter, distinct and order": (
        "select k, count(*) as n, sum(x) filter (where y > 5) as s, count(distinct y) as d, any_value(id) as any_id, "
        "string_agg(k, ',' order by x) as ks, arg_max(x, y) as best from s.a group by all",
        {"k": "passed a.k", "n": "aggregated a.*", "s": "aggregated a.x a.y", "d": "aggregated a.y",
         "any_id": "aggregated a.id", "ks": "aggregated a.k a.x", "best": "aggregated a.x a.y"},
    ),
    "a sum of ones counts rows, a total is one row": (
        "with one as (select 1 as one from s.a), total as (select count(*) as n from s.b) "
        "select (select sum(one) from one) as rows_of_a, n, (select count(*) from total) as always_one from total",
        {"rows_of_a": "aggregated a.*", "n": "aggregated b.*", "always_one": "constant"},
    ),
    "windows, by name and by themselves": (
        "select id, row_number() over (partition by k order by x desc) as place, lag(x) over w as before, "
        "sum(x) over w as running from s.a window w as (partition by k order by y)",
        {"id": "passed a.id", "place": "computed a.k a.x", "before": "computed a.k a.x a.y",
         "running": "aggregated a.k a.x a.y"},
    ),
    "lists, lambdas and comprehensions": (
        "select list_transform(l, lambda v: v + y) as moved, [v * 2 for v in l if v > x] as kept, l[1] as first, "
        "list_filter([x, y], lambda x: x > 6) as some from s.a",
        {"moved": "computed a.l a.y", "kept": "computed a.l a.x", "first": "computed a.l", "some": "computed a.x a.y"},
    ),
    "records": (
        "select r.u as u, a.r.v as v, {'id': id, 'x': x} as made from s.a as a",
        {"u": "renamed a.r", "v": "renamed a.r", "made": "computed a.id a.x"},
    ),
    "unnest in the select and in from": (
        "select id, unnest(l) as item from s.a",
        {"id": "passed a.id", "item": "computed a.l"},
    ),
    "unnest after a comma, values, a series": (
        "select a.id, u.item, v.word, t.i, g.d from s.a as a, unnest(a.l) as u (item), "
        "(values ('o', 1)) as v (word, n) cross join generate_series(1, a.y) as t (i) "
        "cross join (select unnest(range(2)) as d) as g",
        {"id": "passed a.id", "item": "computed a.l", "word": "constant", "i": "computed a.y", "d": "constant"},
    ),
    "a lateral query": (
        "select a.id, near.z from s.a as a, lateral (select max(b.z) as z from s.b as b where b.id <= a.id) as near",
        {"id": "passed a.id", "z": "aggregated b.z"},
    ),
    "queries inside expressions": (
        "select id, (select max(z) from s.b where b.k = a.k) as top, x in (select z from s.b) as is_in, "
        "exists (select 1 from s.b where b.id = a.id) as is_there from s.a as a",
        {"id": "passed a.id", "top": "aggregated b.z b.k a.k", "is_in": "computed a.x b.z",
         "is_there": "computed a.id b.id b.*"},
    ),
    "using, semi and anti joins": (
        "select id, x, z from s.a inner join s.b using (id) semi join s.b as c on c.k = a.k",
        {"id": "passed a.id b.id", "x": "passed a.x", "z": "passed b.z"},
    ),
    "except only takes away": (
        "select id from s.a except select id from s.b",
        {"id": "passed a.id"},
    ),
    "a query that reads itself": (
        "with recursive way (id, step) as (select id, x from s.a union all select id + 1, step + y from way "
        "inner join s.a using (id) where id < 3) select * from way",
        {"id": "computed a.id", "step": "computed a.x a.y"},
    ),
    "distinct on, qualify and case": (
        "select distinct on (k) k, case when y > 5 then x else id end as v from s.a "
        "qualify count(*) over (partition by y) >= 1 order by k, id",
        {"k": "passed a.k", "v": "computed a.y a.x a.id"},
    ),
    "grouping sets": (
        "select if(grouping(k) = 0, 'k', 'all') as level, sum(x) as x from s.a group by grouping sets ((k), ())",
        {"level": "computed a.k", "x": "aggregated a.x"},
    ),
}  # fmt: skip


def answered(text: str) -> tuple[str, set[str]]:
    done, *reads = text.split()
    return done, {f"s.{name}" for name in reads}


@pytest.fixture(scope="module")
def city() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(config={"threads": 1})
    con.execute("CREATE SCHEMA s")
    for table, columns in TABLES.items():
        kinds = ", ".join(f"{name} {SHAPES.get(name, 'INTEGER')}" for name in columns)
        con.execute(f"CREATE TABLE {table} ({kinds})")
        rows = list(zip(*columns.values(), strict=True))
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
    yield con
    con.close()


def outcome(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Counter[str]]:
    found = con.execute(sql)
    names = [column[0].lower() for column in found.description or []]
    rows = found.fetchall()
    return {name: Counter(repr(row[place]) for row in rows) for place, name in enumerate(names)}


def read(sql: str) -> tuple[dict[str, tuple[str, set[str]]], set[str]]:
    from warehouse.columns.models import _step

    relation, conditions = read_query(sql, {table: stored(table, columns) for table, columns in TABLES.items()})
    steps = {name: _step(origin, "out") for name, origin in relation.columns.items()}
    told = {name: (step.done(name), {".".join(place) for place in step.inputs}) for name, step in steps.items()}
    return told, {".".join(place) for place in conditions}


@pytest.mark.parametrize("case", CASES)
def test_columns_are_what_a_reader_says(case: str) -> None:
    sql, expected = CASES[case]
    assert read(sql)[0] == {name: answered(text) for name, text in expected.items()}


@pytest.mark.parametrize("case", CASES)
def test_no_column_changes_with_one_that_it_is_not_said_to_read(case: str, city: duckdb.DuckDBPyConnection) -> None:
    sql, _ = CASES[case]
    told, conditions = read(sql)
    before = outcome(city, sql)
    assert list(before) == list(told), "DuckDB gives these columns in this order"
    shown = []
    for table, columns in TABLES.items():
        for column, row in product(columns, (0, 2)):
            city.execute("BEGIN")
            new = f"if(rowid = {row}, cast($new as {SHAPES.get(column, 'INTEGER')}), {column})"  # in the same order
            city.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT * REPLACE ({new} AS {column}) FROM {table}",
                {"new": OTHER[column]},
            )
            after = outcome(city, sql)
            city.execute("ROLLBACK")
            changed = {name for name in before if after[name] != before[name]}
            shown += [(name, f"{table}.{column}") for name in changed]
    assert [pair for pair in shown if pair[1] not in told[pair[0]][1] | conditions] == []
    columns_read = {source for _, reads in told.values() for source in reads if not source.endswith("*")}
    assert bool(shown) == bool(columns_read), "what is read shows itself"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select nowhere from s.a", "no column nowhere"),
        ("select x from s.absent", "no table s.absent"),
        ("select x from (", "cannot be followed"),
        ("pivot s.a on k using sum(x)", "a Pivot where a query was expected"),
        ("select b.* from s.a", "no table b"),
        ("select id from s.a union all select id, z from s.b", "cannot be followed"),
    ],
)
def test_what_cannot_be_followed_is_said_and_not_guessed(sql: str, why: str) -> None:
    with pytest.raises(NotRead, match=why):
        read(sql)


def node(name: str, sql: str, *inputs: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "alias": name, "schema": "marts", "resource_type": "model", "package_name": "city",
        "fqn": ["city", "marts", name], "raw_code": sql, "compiled_code": sql, "language": "sql",
        "depends_on": {"nodes": list(inputs)}, "columns": {column: {} for column in more.pop("columns", [])},
        "original_file_path": f"models/{name}.sql", **more,
    }  # fmt: skip


@pytest.fixture
def graph() -> dict[str, Any]:
    """Two hops from a feed, one of them in Python, one that cannot be read, and one that looks at what it has."""
    source = {
        "schema": "landing",
        "name": "feed",
        "identifier": "feed",
        "columns": {"when_at": {}, "phone": {}, "n": {}},
    }
    day = "select cast(when_at as date) as day, n, 1 as one from governance.landing.feed where phone <> ''"
    nodes = {
        "model.city.daily": node("daily", day, "source.city.landing.feed"),
        "model.city.total": node("total", "select day, sum(one) as cases, sum(n) as n from governance.marts.daily "
                                 "group by day", "model.city.daily"),
        "model.city.program": node("program", "def model(dbt): dbt.ref('daily').project('n')", "model.city.daily",
                                   columns=["twice"], language="python"),
        "model.city.odd": node("odd", "pivot governance.marts.daily on n", "model.city.daily", columns=["what"]),
        "model.city.grown.v2": node("grown", "select n from governance.marts.daily where n not in "
                                    "(select n from governance.marts.grown)", "model.city.daily", columns=["n"]),
    }  # fmt: skip
    return {"metadata": {"project_name": "city"}, "nodes": nodes, "sources": {"source.city.landing.feed": source}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, key_file=tmp_path / "key")


def test_columns_are_followed_across_models(settings: Settings, graph: dict[str, Any]) -> None:
    columns = Columns(read_columns(settings, graph))
    assert columns.roots(("marts.total", "day")) == {("landing.feed", "when_at")}
    assert columns.roots(("marts.total", "n")) == {("landing.feed", "n")}
    assert columns.roots(("marts.total", "cases")) == {("landing.feed", "*")}, "ones of another model count its rows"
    assert columns.models["marts.daily"].conditions == (("landing.feed", "phone"),)
    assert columns.inputs(("marts.grown", "n")) == (("marts.daily", "n"),), "not itself"
    reached = columns.reached([("marts.total", "day"), ("marts.total", "n")])
    assert reached[("landing.feed", "n")] == [("marts.total", "n")]
    assert ("landing.feed", "phone") not in reached
    assert ("landing.feed", "phone") in columns.choosers("marts.total"), "it chose the rows two models ago"


def test_a_program_and_what_is_not_read_stand_on_their_inputs(settings: Settings, graph: dict[str, Any]) -> None:
    columns = Columns(read_columns(settings, graph))
    assert columns.models["marts.program"].columns["twice"].inputs == (("marts.daily", "n"),), "the only one it names"
    assert [model.relation for model in columns.unread] == ["marts.odd"]
    assert columns.roots(("marts.odd", "what")) == {("landing.feed", "when_at"), ("landing.feed", "n")}
    assert columns.models["marts.odd"].columns["what"].kind == Kind.PROGRAM


def test_the_same_sql_is_read_once(settings: Settings, graph: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    models, kept = kept_columns(settings, graph, b"")
    monkeypatch.setattr("warehouse.columns.keep.read_columns", lambda *_: pytest.fail("read again"))
    assert kept_columns(settings, graph, kept) == (models, kept)
    for found in graph["nodes"].values():  # as a mere parse leaves it
        del found["compiled_code"]
    assert kept_columns(settings, graph, kept) == (models, kept)


def test_other_sql_is_read_anew_and_kept_only_where_it_was_built(settings: Settings, graph: dict[str, Any]) -> None:
    _, kept = kept_columns(settings, graph, b"")
    total = graph["nodes"]["model.city.total"]
    total["raw_code"] = total["compiled_code"] = "select day, max(n) as n from governance.marts.daily group by day"
    models, new = kept_columns(settings, graph, kept)
    assert list(models["marts.total"].columns) == ["day", "n"]
    assert kept_columns(settings, graph, new) == (models, new)
    del total["compiled_code"]
    total["raw_code"] += " "
    models, again = kept_columns(settings, graph, new)
    assert models["marts.total"].unread == "was not built here"
    assert again == new
    assert kept_columns(settings, graph, kept[:-9])[0] == models, "half of a file is none"


def test_the_header_of_a_seed_of_the_city_counts(settings: Settings, graph: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "city" / "seeds").mkdir(parents=True)
    (tmp_path / "city" / "seeds" / "rule.csv").write_text("code,days\nx,3\n", encoding="utf-8")
    rule = {**node("rule", "", columns=["code"]), "resource_type": "seed", "schema": "policy"}
    graph["nodes"]["seed.city.rule"] = rule
    graph["nodes"]["model.city.daily"] = node("daily", "select * from governance.policy.rule", "seed.city.rule")
    models = read_columns(replace(settings, city=tmp_path / "city"), graph)
    assert list(models["marts.daily"].columns) == ["code", "days"]
