"""The tables of a brief, read from the release: SQL in, formatted rows out. What they hold stands in `tables/*.yml`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reporting import format, words
from reporting.brief import Cell, Section, Table, Text
from reporting.cells import Row, column_cells, columns_of
from reporting.figures import Figures
from reporting.line_table import line_picture
from reporting.table_spec import TableSpec, Words, table_spec

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
IN_RELEASE = "SELECT schema_name || '.' || table_name FROM duckdb_tables()"


@dataclass(frozen=True)
class Found:
    """What became of a table: its section, or why there is none; and the sentences its rows give."""

    section: Section | None = None
    missing: Text | None = None
    attention: Text | None = None
    highlight: Text | None = None
    kpis: tuple[str, ...] = ()


def read_tables(con: DuckDBPyConnection, figures: Figures, names: list[str]) -> dict[str, Found]:
    """The tables of that name for the area and period of the figures; one that does not belong there is left out."""
    _set_variables(con, figures)
    present = {row[0] for row in con.execute(IN_RELEASE).fetchall()}
    specs = {name: table_spec(name) for name in names}
    in_season = figures.season is not None
    return {
        name: _read(con, figures, name, spec, present)
        for name, spec in specs.items()
        if (figures.is_city or not spec.only.city) and (in_season or not spec.only.season)
    }


def _read(con: DuckDBPyConnection, figures: Figures, name: str, spec: TableSpec, present: set[str]) -> Found:
    if not present.issuperset(spec.reads) or _is_absent(con, spec):
        return Found(missing=spec.absent.text)
    rows = _rows(con, name, spec)
    if rows is None:
        return Found(missing=spec.absent.text)
    cells = [column_cells(column, key, rows) for key, column in spec.columns.items()]
    flat = [tuple(cell for group in row for cell in group) for row in zip(*cells, strict=True)] if rows else []
    table = Table(columns_of(spec), tuple(flat), spec.empty.text, limit=spec.limit)
    block = line_picture(spec, rows, spec.title.text) if spec.picture and rows else table
    known = _known(figures, spec, rows, cells)
    return Found(
        section=Section(name, spec.title.text, _said(spec.note, known) or words.same(""), (block,), spec.width),
        attention=_said(spec.attention, known) if rows else None,
        highlight=_said(spec.highlight, known) if rows else None,
        kpis=tuple(column.kpi for column in spec.columns.values() if column.kpi),
    )


def _rows(con: DuckDBPyConnection, name: str, spec: TableSpec) -> list[Row] | None:
    """What the SQL gives; None when the release is older than a column of it, which is logged."""
    import duckdb

    try:
        cursor = con.execute(spec.sql)
    except duckdb.BinderException:
        log.warning("table=%s absent=release_lacks_a_column", name)
        return None
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _is_absent(con: DuckDBPyConnection, spec: TableSpec) -> bool:
    return bool(spec.absent_when) and con.execute(spec.absent_when).fetchone() == (True,)


def _known(figures: Figures, spec: TableSpec, rows: list[Any], cells: list[list[tuple[Cell, ...]]]) -> dict[str, Text]:
    """What the words of a table may name: the period, the number of rows, and the first row as printed."""
    known = {
        "day": format.day(figures.period.end),
        "period": format.period(figures.period),
        "area": figures.area,
        "rows": words.same(format.quantity(len(rows))),
    }
    if rows:
        known |= {key: column[0][-1].text for key, column in zip(spec.columns, cells, strict=True)}
    return known


def _said(sentence: Words | None, known: dict[str, Text]) -> Text | None:
    return words.join(sentence.zh, sentence.en, **known) if sentence else None


def _set_variables(con: DuckDBPyConnection, figures: Figures) -> None:
    """The period, its comparisons and the area as variables of the session, so that the SQL of a table is plain SQL."""
    for name, value in _variables(figures):
        con.execute(f"SET VARIABLE {name} = {value}")


def _variables(figures: Figures) -> Iterator[tuple[str, str]]:
    spans = {"period": figures.period, "before": figures.before, "year": figures.year_ago}
    for name, span in spans.items():
        yield f"{name}_start", f"DATE '{span.start}'" if span else "NULL::DATE"
        yield f"{name}_end", f"DATE '{span.end}'" if span else "NULL::DATE"
    season = figures.season
    yield "day", f"DATE '{figures.period.end}'"
    yield "as_of", f"TIMESTAMP '{figures.publication.data_as_of}'"
    yield "area", f"'{figures.code}'"
    yield "is_city", str(figures.is_city)
    yield "area_level", f"'{figures.level}'"
    yield "unit_level", f"'{figures.unit_level}'"
    yield "season", f"'{season.name}'" if season else "NULL::VARCHAR"
    yield "season_start", f"DATE '{season.start}'" if season else "NULL::DATE"
