"""Rows of single cases for who may see them: every number can be taken apart into its cases, and every look is logged.

No row holds a token, a name or a text: the tables are those of the warehouse whose model says `rows_by`, the moment
its rows go by. A KPI of the hotline gives the cases of `marts.kpi_hotline_case`, whose parts must add up to the figure.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion import audit_log, durable
from ingestion.audit_log import Access
from ingestion.errors import CitypulseError, ContractError, IntegrityError, NothingToDo
from ingestion.run_log import logged
from ingestion.settings import Settings
from warehouse.build_info import require_warehouse
from warehouse.engine import connect_locked
from warehouse.release_tables import sql_name, sql_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEVELS = {"city": "", "region": "region_code", "district": "district_code", "street": "street_code"}
PERIOD = re.compile(r"\d{4}-\d{2}(-\d{2})?")
APPROVAL = re.compile(r"[\w〔〕\[\]()（）.\-/号 ]{3,60}")
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet may run, also typed in Chinese mode (OWASP)
COUNTED = "k.excluded_reason IS NULL AND NOT k.is_immature"
FIGURE = f"""
SELECT k.period_date, {COUNTED} AS is_counted, k.excluded_reason, k.is_immature,
    CASE WHEN {COUNTED} THEN k.hit ELSE 0 END AS adds_to_numerator,
    CASE WHEN {COUNTED} AND d.unit <> 'count' THEN k.base ELSE 0 END AS adds_to_denominator, c.*
FROM marts.kpi_hotline_case AS k
INNER JOIN meta.kpi_dictionary AS d ON k.kpi_code = d.kpi_code
LEFT JOIN marts.fct_case AS c ON k.row_id = c.case_id"""  # a count has no denominator


@dataclass(frozen=True)
class Question:
    """What somebody wants to see, and why. `break_glass`: a steward takes what is not shared, knowingly."""

    name: str
    reason: str
    area: str = ""
    level: str = ""
    period: str = ""
    approval: str = ""
    break_glass: bool = False
    output: Path | None = None
    form: str = "csv"

    @property
    def filter(self) -> str:
        said = {"area": self.area, "level": self.level, "period": self.period}
        return " ".join(f"{name}={value}" for name, value in said.items() if value)


@dataclass(frozen=True)
class Answer:
    """Rows, and where they were written; for a KPI also its published parts, which the rows add up to."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    def text(self, form: str) -> str:
        """As CSV that no spreadsheet takes for formulas, or as JSON."""
        if form == "json":
            named = [dict(zip(self.names, row, strict=True)) for row in self.rows]
            return json.dumps(named, ensure_ascii=False, default=str) + "\n"
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows([self.names, *([guarded_cell(cell) for cell in row] for row in self.rows)])
        return stream.getvalue()


def guarded_cell(cell: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe before it; numbers and moments are no text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def rows(settings: Settings, question: Question) -> Answer:
    """Find the rows, log the look, then give them: to the caller, and into `output` where one is named.

    Raises ContractError when the question is not proper or its sharing attribute forbids it, NothingToDo when nothing
    is built, IntegrityError when the rows do not add up to the figure or the audit log is damaged. What was refused
    for its sharing attribute is logged too.
    """
    reason = audit_log.proper_reason(question.reason)
    _check(settings, question)
    require_warehouse(settings)
    with logged(settings, "rows") as run:
        with connect_locked(settings.warehouse_db, settings=settings) as connection:
            table, sharing = _table(connection, question.name)
            look = Access(
                "rows", question.name, question.filter, 0, reason, question.approval, _where(question), "refused",
                run.run_id,
            )  # fmt: skip
            if refusal := _refusal(question, sharing):
                audit_log.record(settings, look)
                raise refusal
            answer = _answer(connection, question, table)
        outcome = "break_glass" if sharing == "not_shared" else "given"
        audit_log.record(settings, Access(**{**vars(look), "rows": len(answer.rows), "outcome": outcome}))
        run.count(rows=len(answer.rows))
        if question.output:
            _write(question.output, answer.text(question.form))
    return answer


def _check(settings: Settings, question: Question) -> None:
    if question.period and not PERIOD.fullmatch(question.period):
        raise ContractError("A period is a month or a day.", next_step="say 2026-01 or 2026-01-31.")
    if question.level and question.level not in LEVELS:
        raise ContractError("No such level of area.", next_step=f"choose one of {', '.join(LEVELS)}.")
    if question.approval and not APPROVAL.fullmatch(question.approval):
        raise ContractError("That is no number of an approval.", next_step="give it as it stands on the paper.")
    if question.output:
        durable.check_output(question.output, settings.home, "Rows of single cases are")
    if question.output and question.output.exists():
        raise ContractError("The output exists already.", next_step="name a new file.")


def _where(question: Question) -> str:
    return "file" if question.output else "screen"


def _refusal(question: Question, sharing: str) -> CitypulseError | None:
    if sharing == "not_shared" and not question.break_glass:
        return ContractError(
            f"{question.name} is not shared (不予共享).",
            next_step="ask its owner; a steward who must see it says --break-glass, and is logged.",
        )
    if sharing == "conditional" and question.output and not question.approval:
        return ContractError(
            f"{question.name} is shared under conditions (有条件共享).",
            next_step="give the number of the approval with --approval.",
        )
    return None


def _table(connection: DuckDBPyConnection, name: str) -> tuple[dict[str, str], str]:
    """Where the rows are, and their sharing attribute. Raises ContractError for what has no rows of single cases."""
    columns = {
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'meta' AND table_name = 'model_catalogue'"
        ).fetchall()
    }
    if "rows_by" not in columns:
        raise NothingToDo("The warehouse was built before rows could be asked for.", next_step="run `citypulse build`.")
    found = {
        table: ({"schema": schema, "table": table, "moment": moment}, sharing)
        for schema, table, moment, sharing in connection.execute(
            "SELECT schema_name, table_name, rows_by, sharing FROM meta.model_catalogue WHERE rows_by IS NOT NULL"
        ).fetchall()
    }
    figures = [row[0] for row in connection.execute("SELECT DISTINCT kpi_code FROM marts.kpi_hotline_case").fetchall()]
    if name in found:
        return found[name]
    if name in figures:
        return found["kpi_hotline_case"]
    choice = ", ".join([*sorted(found), *sorted(figures)])
    raise ContractError("That has no rows of single cases.", next_step=f"choose one of {choice}.")


def _answer(connection: DuckDBPyConnection, question: Question, table: dict[str, str]) -> Answer:
    area, level = _area(connection, question)
    if question.name == table["table"]:
        source, columns = sql_name(table["schema"], table["table"]), _columns(connection, table)
        conditions = [_in_area(columns, area, level), _in_period(sql_name(table["moment"]), question.period)]
        return _fetch(connection, f"SELECT * FROM {source} AS k WHERE {' AND '.join(conditions)} ORDER BY ALL")
    if not question.period:
        raise ContractError("A figure has a period.", next_step="say --period 2026-01 or --period 2026-01-31.")
    grain = "day" if len(question.period) == len("2026-01-31") else "month"
    conditions = [
        f"k.kpi_code = {sql_text(question.name)}",
        f"k.in_{grain}",
        _in_period("k.period_date", question.period),
    ]
    conditions += [f"k.{LEVELS[level]} = {sql_text(area)}"] if LEVELS[level] else []
    answer = _fetch(connection, f"{FIGURE} WHERE {' AND '.join(conditions)} ORDER BY ALL")
    return _held_against(connection, answer, question, (level, area, grain))


def _area(connection: DuckDBPyConnection, question: Question) -> tuple[str, str]:
    """Code and level of the area, the city by default. A district is the administering region, as figures rank it."""
    named = "level = 'city'"
    if question.area:
        named = f"{sql_text(question.area)} IN (area_code, name_zh) AND level IN ('city', 'district', 'zone', 'street')"
    found = connection.execute(f"SELECT area_code, level FROM marts.dim_area WHERE {named}").fetchall()
    if len(found) != 1:
        raise ContractError(
            "No area of that name, or more than one." if question.area else "The city has no code.",
            next_step="give its code from marts.dim_area.",
        )
    code, kind = found[0]
    natural = {"district": "region", "zone": "region"}.get(kind, kind)
    level = question.level or natural
    if level != natural and (kind, level) != ("district", "district"):
        raise ContractError("That area has no such level.", next_step=f"leave --level out, it is {natural}.")
    return code, level


def _columns(connection: DuckDBPyConnection, table: dict[str, str]) -> set[str]:
    found = connection.execute(
        f"SELECT column_name FROM duckdb_columns() WHERE schema_name = {sql_text(table['schema'])} "
        f"AND table_name = {sql_text(table['table'])}"
    ).fetchall()
    return {name for (name,) in found}


def _in_area(columns: set[str], area: str, level: str) -> str:
    """SQL: the row is of the area, by its own code or by that of its case."""
    column = LEVELS[level]
    if not column:
        return "true"
    if column in columns:
        return f"k.{column} = {sql_text(area)}"
    return f"k.case_id IN (SELECT c.case_id FROM marts.fct_case AS c WHERE c.{column} = {sql_text(area)})"


def _in_period(moment: str, period: str) -> str:
    return f"strftime({moment}, {sql_text('%Y-%m-%d')}) LIKE {sql_text(f'{period}%')}" if period else "true"


def _fetch(connection: DuckDBPyConnection, query: str) -> Answer:
    found = connection.execute(query)
    return Answer([column[0] for column in found.description or []], found.fetchall())


def _held_against(
    connection: DuckDBPyConnection, answer: Answer, question: Question, place: tuple[str, str, str]
) -> Answer:
    """The same with the figure's own parts. Raises IntegrityError when the rows do not add up to them."""
    level, area, grain = place
    start = question.period if grain == "day" else f"{question.period}-01"
    # A count stands alone: its published denominator is no number of cases.
    published = connection.execute(
        "SELECT v.numerator, CASE WHEN d.unit <> 'count' THEN v.denominator ELSE 0 END "
        "FROM marts.fct_kpi_value AS v INNER JOIN meta.kpi_dictionary AS d ON v.kpi_code = d.kpi_code "
        f"WHERE v.kpi_code = {sql_text(question.name)} AND v.area_level = {sql_text(level)} "
        f"AND v.period_grain = '{grain}' AND v.area_code = {sql_text(area)} "
        f"AND CAST(v.period_start AS VARCHAR) = {sql_text(start)}"
    ).fetchone()
    numerator, denominator = ((part or Decimal(0)) for part in published or (None, None))
    parts = {name: answer.names.index(f"adds_to_{name}") for name in ("numerator", "denominator")}
    sums = {name: sum((row[place] for row in answer.rows), Decimal(0)) for name, place in parts.items()}
    if (sums["numerator"], sums["denominator"]) != (numerator, denominator):
        raise IntegrityError(
            f"The rows of {question.name} do not add up to its figure.",
            next_step="run `citypulse build` and ask again.",
        )
    return Answer(answer.names, answer.rows, numerator, denominator)


def _write(path: Path, content: str) -> None:
    """For the caller's eyes alone; never over another file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content.encode("utf-8-sig" if path.suffix == ".csv" else "utf-8"))  # spreadsheets need the mark
        stream.flush()
        durable.fsync_open(stream.fileno(), "rows.file")
