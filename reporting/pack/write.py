"""The KPI workbook: the figures of a release for people without a BI tool. What stands in it says `pack.yml`.

The names of its columns are those of the schema `zh`, for both read the same comments; the names in the release stand
below. A workbook travels, so what the briefs withhold is withheld here, by the site's decision over the very same
figures: city and regions of sensitive KPIs show what the site shows, and no other level of them is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.durable import check_output
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings
from reporting import words
from reporting.brief import Text
from reporting.figures import HIDDEN
from reporting.issue import keep_file, writing
from reporting.pack.long_sheet import LongBook
from reporting.pack.spec import PackSpec, SheetSpec, pack_spec
from reporting.site.values import withheld_values
from reporting.suppress import sensitive_kpis
from reporting.words_of_office import HEADS
from warehouse.engine import connect
from warehouse.release_tables import sql_name, sql_text
from warehouse.release_zh import chinese_name
from warehouse.serving import current_release, read_manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ABOUT, TITLE = Text("说明", "About"), Text("城市治理指标数据包", "KPI workbook")
# A month may stand in a release with several as-of times: the newest one counts. Of too few cases the counts may stand.
PRINTED_MONTH = """
CREATE TEMP TABLE printed_month AS
SELECT kpi_code, area_level, area_code, period_start, v.as_of,
       if(is_withheld, NULL, numerator) AS numerator, if(is_withheld, NULL, denominator) AS denominator,
       if(is_withheld OR NOT is_shown, NULL, value) AS value, if(is_withheld, '{hidden}', status) AS status,
       is_rankable AND NOT is_withheld AS is_rankable
FROM marts.fct_kpi_value AS v
LEFT JOIN (SELECT *, TRUE AS is_hidden FROM withheld) AS w USING (kpi_code, period_start, area_code),
LATERAL (SELECT coalesce(is_hidden, FALSE) AS is_withheld, status IN ('ok', 'provisional') AS is_shown)
WHERE period_grain = 'month' AND area_level IN ('city', 'region', 'district')
  AND NOT (area_level = 'district' AND list_contains({sensitive}, kpi_code))
QUALIFY row_number() OVER (PARTITION BY kpi_code, area_level, area_code, period_start ORDER BY v.as_of DESC) = 1"""
COMMENTS = "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"


@dataclass(frozen=True)
class Pack:
    """A written workbook: how many rows each sheet has, by its title."""

    release_id: str
    path: Path
    rows: dict[str, int]


def write_pack(settings: Settings, release_id: str | None = None, path: Path | None = None) -> Pack:
    """Write the workbook of a release, of the served one by default, beside its briefs or to `path`.

    The same release gives the same bytes. It is not written with every release, for it takes 4 s of a season of the
    whole city. Raises NothingToDo when there is no such release, IntegrityError for one from before all of this,
    ContractError for a sheet that a spreadsheet cannot hold and for a `path` that is no workbook outside the home or
    cannot be written, WarehouseBusy while a brief is written.
    """
    if path is not None:
        check_output(path, settings.home, "A workbook of your own is")
        if path.suffix.lower() != ".xlsx":
            raise ContractError(f"{path} is no name of a workbook.", next_step="let it end in .xlsx.")
    release_id = release_id or current_release(settings) or ""
    if read_manifest(settings, release_id) is None:
        step = "`citypulse releases` names those that are kept." if release_id else "run `citypulse run`."
        raise NothingToDo(f"There is no release{release_id and f' {release_id}'}.", next_step=step)
    place = path or settings.briefs / release_id / "kpi_pack.xlsx"
    with logged(settings, "pack") as run:
        database = settings.releases / f"{release_id}.duckdb"
        with closing(connect(database, settings=settings, read_only=True)) as con, _told_by(release_id):
            content, rows = workbook(con, pack_spec())
        try:
            with writing(settings):
                keep_file(place, content)
        except OSError as error:
            if path is None:
                raise
            step = "name a file in a folder that you may write."
            raise ContractError(f"{path} cannot be written: {type(error).__name__}.", next_step=step) from None
        run.release_id = release_id
        run.count(files=1)
        run.inputs, run.outputs = [Dataset("release")], [Dataset("pack", rows=sum(rows.values()))]
    return Pack(release_id, place, rows)


def workbook(con: DuckDBPyConnection, spec: PackSpec) -> tuple[bytes, dict[str, int]]:
    """The bytes of the workbook, and how many rows each sheet has."""
    info = con.execute("SELECT * FROM meta.publish_info").fetchone()
    columns = [column for column, *_ in con.description or ()]
    published: dict[str, Any] = dict(zip(columns, info or (), strict=True))
    _prepare(con)
    comments = {(table, column): comment for table, column, comment in con.execute(COMMENTS).fetchall()}
    sheets = [sheet for sheet in spec.sheets if {table for table, _ in comments} >= set(sheet.reads)]
    rows = {sheet.title.zh: _count(con, sheet) for sheet in sheets}
    label = [words.SYNTHETIC.zh] if published["is_synthetic"] else []
    book = LongBook(TITLE.zh, published["data_as_of"].date(), header=" · ".join([*label, TITLE.zh]))
    book.text(_both(ABOUT), _about(published, comments, spec, sheets, rows, label))
    for sheet in sheets:
        found = con.execute(sheet.sql)
        heads = [_head(column, sheet, comments) for column, *_ in found.description or ()]
        book.table(_both(sheet.title.text), heads, iter(found.fetchone, None))
    return book.close(), rows


@contextmanager
def _told_by(release_id: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException):
        raise IntegrityError(
            f"Release {release_id} lacks a table or column of the workbook.", next_step="name a newer release."
        ) from None


def _prepare(con: DuckDBPyConnection) -> None:
    """The temporary tables that sheets read: months as they may be printed, and what a status says."""
    sensitive = sensitive_kpis(con)
    withheld = [place for place, value in withheld_values(con).items() if value.status == HIDDEN]
    con.execute("CREATE TEMP TABLE withheld (kpi_code VARCHAR, period_start DATE, area_code VARCHAR)")
    _insert(con, "withheld", [(kpi, start.isoformat(), area) for kpi, _, start, area in withheld])
    con.execute("CREATE TEMP TABLE status_word (status VARCHAR, zh VARCHAR)")
    _insert(con, "status_word", [(status, said.zh) for status, said in words.STATUS.items()])
    listed = "[" + ", ".join(map(sql_text, sensitive)) + "]::VARCHAR[]"
    con.execute(PRINTED_MONTH.format(hidden=HIDDEN, sensitive=listed))


def _insert(con: DuckDBPyConnection, table: str, rows: list[tuple[str, ...]]) -> None:
    if rows:
        listed = ", ".join(f"({', '.join(map(sql_text, row))})" for row in rows)
        con.execute(f"INSERT INTO {sql_name(table)} VALUES {listed}")


def _count(con: DuckDBPyConnection, sheet: SheetSpec) -> int:
    counted = con.execute(f"SELECT count(*) FROM ({sheet.sql})").fetchone()
    return int(counted[0]) if counted else 0


def _head(column: str, sheet: SheetSpec, comments: dict[tuple[str, str], str | None]) -> str:
    """The Chinese name, and below it the name in the release or, where SQL made the column, what it is in English."""
    if column in sheet.heads:
        return f"{sheet.heads[column].zh}\n{sheet.heads[column].en}"
    told = next((said for table in sheet.reads if (said := comments.get((table, column)))), None)
    return f"{chinese_name(told, column)}\n{column}"


def _about(
    published: dict[str, Any],
    comments: dict[tuple[str, str], str | None],
    spec: PackSpec,
    sheets: list[SheetSpec],
    rows: dict[str, int],
    label: list[str],
) -> list[tuple[str, ...]]:
    """Lines of the first sheet: what was published, how to read it, and what stands where."""
    facts = [
        (f"{chinese_name(comments['meta.publish_info', name], name)} {name}", _written(value), "")
        for name, value in published.items()
    ]
    how = [("怎么读 How to read" if n == 0 else "", said.zh, said.en) for n, said in enumerate(spec.about)]
    where = [(_both(s.title.text), f"{s.note.zh}（{rows[s.title.zh]}行）", s.note.en) for s in sheets]
    absent = [
        (_both(s.title.text), "本次发布没有此表", "This release has no such table")
        for s in spec.sheets
        if s not in sheets
    ]
    heads = (_both(HEADS["sheet"]), _both(HEADS["note"]), "")
    return [(_both(TITLE), *label, ""), *facts, *how, heads, *where, *absent]


def _written(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"
