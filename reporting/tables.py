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
from reporting.gather import parents_of
from reporting.line_table import line_picture
from reporting.noise import PER_DAY, RIPENING
from reporting.suppress import withheld_of
from reporting.table_spec import TableSpec, Words, table_spec
from reporting.withheld_rows import hide_counts

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


class TableReader:
    """Reads the tables of a kind of brief from a release, area by area.

    What is withheld of a table with sensitive columns is decided once, from the rows of all areas: what one page hid,
    another would give away.
    """

    def __init__(self, con: DuckDBPyConnection, names: list[str]) -> None:
        self._con = con
        self._specs = {name: table_spec(name) for name in names}
        self._present = {row[0] for row in con.execute(IN_RELEASE).fetchall()}
        self._fit: dict[str, bool] = {}
        self._pages: dict[str, dict[str, list[Row] | None]] = {}

    def read(self, figures: Figures) -> dict[str, Found]:
        """The tables for the area and period of the figures; one that does not belong there is left out."""
        _set_variables(self._con, figures)
        in_season = figures.season is not None
        return {
            name: self._read(figures, name, spec)
            for name, spec in self._specs.items()
            if (figures.is_city or not spec.only.city) and (in_season or not spec.only.season)
        }

    def _read(self, figures: Figures, name: str, spec: TableSpec) -> Found:
        if name not in self._fit:
            self._fit[name] = self._fits(name, spec)
        if not self._fit[name]:
            return Found(missing=words.not_in_release(spec.title.text))
        rows = self._withheld(figures, name, spec) if spec.sensitive else self._rows(spec)
        return Found(missing=spec.absent.text) if rows is None else _found(figures, name, spec, rows)

    def _fits(self, name: str, spec: TableSpec) -> bool:
        """Whether the release has the tables and columns; an older one may not, and that is logged."""
        import duckdb

        try:
            if self._present.issuperset(spec.reads):
                self._con.execute(f"EXPLAIN {spec.sql}")
                return True
        except duckdb.BinderException:
            pass
        log.warning("table=%s absent=not_in_release", name)
        return False

    def _withheld(self, figures: Figures, name: str, spec: TableSpec) -> list[Row] | None:
        if name not in self._pages:
            everywhere = [figures.city_code, *(region.code for region in figures.regions)]
            pages = {}
            for code in everywhere:
                _set_variables(self._con, figures.for_area(code))
                pages[code] = self._rows(spec)
            _set_variables(self._con, figures)
            told, _ = hide_counts(
                {code: rows for code, rows in pages.items() if rows is not None},
                {key: column.as_ for key, column in spec.columns.items()},
                spec.sensitive,
                parents_of(figures.areas),
                span=figures.period.start.isoformat(),
                also=withheld_of(figures.values.values()),
            )
            self._pages[name] = {code: told.get(code) for code in everywhere}
        return self._pages[name][figures.code]

    def _rows(self, spec: TableSpec) -> list[Row] | None:
        """What the SQL gives; None where the data did not come."""
        if spec.absent_when and self._con.execute(spec.absent_when).fetchone() == (True,):
            return None
        cursor = self._con.execute(spec.sql)
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _found(figures: Figures, name: str, spec: TableSpec, rows: list[Row]) -> Found:
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
    yield "ripening", str(sorted(RIPENING))
    yield "per_day", f"MAP {PER_DAY}"
    yield "season", f"'{season.name}'" if season else "NULL::VARCHAR"
    yield "season_start", f"DATE '{season.start}'" if season else "NULL::DATE"
