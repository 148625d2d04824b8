"""Build the warehouse: freeze what has landed, show it to dbt as views, run dbt once, write down what was built."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.contract import Contract, load_contracts
from ingestion.durable import crashpoint, discard, make_folder
from ingestion.errors import BuildFailed, CitypulseError, NothingToDo, WarehouseBusy
from ingestion.landing_table import are_acknowledged, landed_rows, landing_columns
from ingestion.receipts import COLUMN_MEANINGS, MEANING, Receipt, all_receipts
from ingestion.run_log import LiveRun
from ingestion.settings import PACKAGE_ROOT, PROJECT_ROOT, Settings, expose, silence_telemetry
from warehouse.agreement import agreed_tables
from warehouse.build_info import BuildInfo, read_build_info, read_build_inputs, require_warehouse
from warehouse.dbt_nodes import note_nodes
from warehouse.engine import connect, writer_lock
from warehouse.recompute import INPUT, Asked, asked_feeds, show_requests, take
from warehouse.release_scan import damage_of, readable
from warehouse.release_tables import describe
from warehouse.runs import observed
from warehouse.selection import feeds_to_build, has_lost_receipts, models_to_build
from warehouse.shown import show_last_release, show_promises

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
DELIVERY_COLUMNS = {
    "feed": "VARCHAR",
    "batch_id": "VARCHAR",
    "batch_seq": "BIGINT",
    "recorded_at": "TIMESTAMP",
    "status": "VARCHAR",
    "rule": "VARCHAR",
    "received": "BIGINT",
    "landed": "BIGINT",
    "quarantined": "BIGINT",
    "duplicates": "BIGINT",
    "first_business_date": "DATE",
    "last_business_date": "DATE",
}
FIGURES = {".sql", ".yml", ".csv", ".py"}  # kinds of files that can change a figure or whether it is published
# Tests of our SQL run before a change is taken in; who reads a table is nothing to build, but dbt would report it so.
BUILD = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
QUARANTINE_COLUMNS = "feed VARCHAR, batch_id VARCHAR, row_no BIGINT, column_name VARCHAR, rule VARCHAR"


@dataclass(frozen=True)
class BuildReport:
    """What one build made. `input_digest` names the deliveries it saw, `code_version` the models and suites."""

    as_of: datetime
    models: int
    tests: int
    seconds: float
    code_version: str
    batches: int
    input_digest: str


def build(settings: Settings) -> BuildReport:
    """Bring the warehouse up to date with everything acknowledged.

    Raises NothingToDo when nothing has landed, WarehouseBusy when another writer is at work, BuildFailed naming the
    dbt nodes that failed, IntegrityError where landing lacks what was acknowledged or the warehouse cannot be read. A
    failed build leaves no `meta.build_info`, so it cannot be released.
    """
    receipts = all_receipts(settings)
    if not any(receipt.status == "landed" for receipt in receipts):
        raise NothingToDo("Nothing has landed yet.", next_step="put files into the inbox and run `citypulse land`.")
    with writer_lock(settings):
        return build_from(settings, receipts, take(settings))


def build_from(settings: Settings, receipts: list[Receipt], asked: Asked) -> BuildReport:
    """Build from these deliveries and requests, under the writer's lock. Raises as `build` does."""
    started = time.monotonic()
    with writer_lock(settings), readable(settings, settings.warehouse_db), observed(settings, "build") as run:
        due = _models_due(settings, receipts, asked)
        _show_landing(settings, receipts, asked)
        results = _run_dbt(settings, due, run)
        report = _write_down(settings, receipts, asked, results, started)
        run.release_id = BuildInfo(report.as_of, report.code_version, report.input_digest, False).release_id
        run.count(batches=report.batches, models=report.models, tests=report.tests)
    log.info("models=%d tests=%d batches=%d seconds=%.1f", report.models, report.tests, report.batches, report.seconds)
    return report


def build_only(settings: Settings, *models: str) -> None:
    """Build these models and what they stand on, without tests and without a release: for a look, not to publish.

    Leaves no `meta.build_info`, so the result cannot be released. Raises as `build` does.
    """
    receipts = all_receipts(settings)
    if not any(receipt.status == "landed" for receipt in receipts):
        raise NothingToDo("Nothing has landed yet.", next_step="put files into the inbox and run `citypulse land`.")
    with writer_lock(settings):
        _show_landing(settings, receipts)
        kinds = ["--resource-type", "model", "--resource-type", "seed"]
        outcome = _invoke(settings, ["build", *kinds, "--full-refresh", "--select", *(f"+{name}" for name in models)])
        if not outcome.success:
            raise _failure(settings, outcome)


def _models_due(settings: Settings, receipts: list[Receipt], asked: Asked) -> set[str] | None:
    """The models that deliveries and requests since the finished build of the same code reach; None for all, anew.

    A build that was killed or failed left no `meta.build_info`: what it left behind is not built upon.
    """
    try:
        require_warehouse(settings)
        with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
            if read_build_info(connection).code_version != code_version(settings):
                return None
            seen, inputs = read_build_inputs(connection), inputs_of(receipts, asked.last)
        manifest = _read_manifest(settings)
    except (NothingToDo, FileNotFoundError, json.JSONDecodeError):  # a kill can leave half of dbt's own file
        return None
    if has_lost_receipts(seen, inputs):
        return None
    due = feeds_to_build(seen, inputs) | asked_feeds(settings, asked)
    return models_to_build(manifest, due, {*load_contracts(settings), INPUT})


def input_digest(receipts: list[Receipt], request: int = 0) -> str:
    """A name for what a build sees: same deliveries in the same order and same last request, same name."""
    seen = [f"{r.feed}:{r.batch_seq}:{r.batch_id}" for r in receipts if r.status == "landed"]
    asked = [f"{INPUT}:{request}"] if request else []
    return hashlib.sha256("\n".join(sorted([*seen, *asked])).encode()).hexdigest()


def inputs_of(receipts: list[Receipt], request: int = 0) -> dict[str, int]:
    """Up to which receipt a build saw each feed, and as `recompute` up to which request, once there is one.

    Enough to find these very deliveries again, for receipts only grow.
    """
    inputs: dict[str, int] = {INPUT: request} if request else {}
    for receipt in receipts:
        inputs[receipt.feed] = max(receipt.batch_seq, inputs.get(receipt.feed, 0))
    return inputs


def code_version(settings: Settings) -> str:
    """A name for everything that turns rows into figures: models, seeds, suites, contracts, ours and the city's."""
    folders = [
        PROJECT_ROOT / "dbt_project",
        PROJECT_ROOT / "warehouse" / "geography",  # two models are Python and ask it where a point lies
        PROJECT_ROOT / "expectations",
        PACKAGE_ROOT / "feeds",
        *([settings.city] if settings.city else []),
    ]
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in FIGURES):
            digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def is_synthetic(settings: Settings) -> bool:
    """Whether the simulator ever wrote into this home; releases and briefs then say so."""
    return (settings.home / "SYNTHETIC").exists()


# what has landed, as dbt sees it


def _show_landing(settings: Settings, receipts: list[Receipt], asked: Asked | None = None) -> None:
    asked = asked or Asked()
    tables = agreed_tables(settings, receipts)
    connection = connect(settings.warehouse_db, settings=settings)
    try:
        connection.execute("CREATE SCHEMA IF NOT EXISTS landing; CREATE SCHEMA IF NOT EXISTS meta")
        connection.execute("DROP TABLE IF EXISTS meta.build_info")
        _load_deliveries(connection, settings, receipts)
        _load_quarantine(connection, settings)
        show_promises(connection, {feed: contract for feed, (contract, _) in tables.items()})
        show_requests(connection, settings, asked)
        show_last_release(connection, settings, receipts, asked.last)
        for contract, table in tables.values():
            batches = {r.batch_id: r.batch_seq for r in receipts if r.feed == contract.feed and r.status == "landed"}
            connection.execute(_landing_view(contract, table.files(), batches))
    finally:
        connection.close()


def _load_deliveries(connection: DuckDBPyConnection, settings: Settings, receipts: list[Receipt]) -> None:
    listing = settings.work / "deliveries.jsonl"
    make_folder(listing.parent)
    listing.write_text("".join(json.dumps(asdict(r), ensure_ascii=False) + "\n" for r in receipts), encoding="utf-8")
    connection.execute(
        f"CREATE OR REPLACE TABLE landing.delivery AS SELECT {', '.join(DELIVERY_COLUMNS)} "
        f"FROM read_json(?, format = 'newline_delimited', columns = {DELIVERY_COLUMNS}) ORDER BY feed, batch_seq",
        [str(listing)],
    )
    describe(connection, "landing.delivery", MEANING, COLUMN_MEANINGS)
    days = {"feed": "VARCHAR", "batch_id": "VARCHAR", "status": "VARCHAR", "business_dates": "DATE[]"}
    connection.execute(
        "CREATE OR REPLACE TABLE landing.delivery_day AS "
        "SELECT feed, batch_id, unnest(business_dates) AS business_date "
        f"FROM read_json(?, format = 'newline_delimited', columns = {days}) WHERE status = 'landed'",
        [str(listing)],
    )


def _load_quarantine(connection: DuckDBPyConnection, settings: Settings) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE landing.quarantine ({QUARANTINE_COLUMNS})")
    if files := _literals(sorted(map(str, settings.quarantine.glob("*/*.parquet")))):
        connection.execute(
            f"INSERT INTO landing.quarantine BY NAME SELECT * FROM read_parquet({files}) "
            "WHERE batch_id IN (SELECT batch_id FROM landing.delivery WHERE status = 'landed')"
        )


def _landing_view(contract: Contract, files: list[str], batches: dict[str, int]) -> str:
    """The rows of acknowledged deliveries. Where every file is one's by its name, no row need be asked."""
    columns = ", ".join(f'"{name}"' for name in landing_columns(contract))
    view = f"CREATE OR REPLACE VIEW landing.{contract.feed} AS SELECT {columns} FROM {landed_rows(contract, files)}"
    if are_acknowledged(files, batches):
        return view
    return (
        f"{view} WHERE batch_id IN (SELECT batch_id FROM landing.delivery "
        f"WHERE feed = '{contract.feed}' AND status = 'landed')"
    )


def _literals(files: list[str]) -> str:
    return f"[{', '.join(_literal(path) for path in files)}]" if files else ""


def _literal(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


# dbt


def prepare_project(settings: Settings) -> Path:
    """A private copy of the dbt project, with the seeds of the city laid over the built-in ones."""
    project = settings.work / "dbt_project"
    discard(project)
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages", ".user.yml")
    shutil.copytree(PROJECT_ROOT / "dbt_project", project, ignore=ignored)
    for folder in reversed(settings.seed_dirs[:-1]):
        for seed in sorted(folder.glob("*.csv")):
            shutil.copyfile(seed, project / "seeds" / seed.name)
    return project


def parse_project(settings: Settings) -> None:
    """Let dbt read its project and keep what it understood, so that the build need not; failures wait for the build.

    Under the writer's lock, for the project's copy belongs to whoever builds; where another builds, this does nothing.
    """
    with suppress(WarehouseBusy), writer_lock(settings):
        _invoke(settings, ["parse"])


def _run_dbt(settings: Settings, models: set[str] | None, run: LiveRun) -> list[tuple[str, str, str, int | None]]:
    """Run `dbt build` in this process, of these models or of all anew. Returns node, status, seconds and failures."""
    # Of the same code, seeds and dbt's picture of the project stand, and so do tests of what is not made again.
    scope = ["--full-refresh"] if models is None else ["--no-write-json", "--select", *sorted(models)]
    outcome = _invoke(settings, [*BUILD, *scope])
    note_nodes(settings, run, outcome)
    if not outcome.success:
        raise _failure(settings, outcome)
    ran = outcome.result.results
    return [(r.node.unique_id, str(r.status), str(round(r.execution_time, 3)), r.failures) for r in ran]


def _read_manifest(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.warehouse / "dbt_target" / "manifest.json").read_text("utf-8"))
    return found


def _invoke(settings: Settings, command: list[str]) -> Any:
    silence_telemetry()
    expose(CITYPULSE_DBT_DATABASE=str(settings.warehouse_db))
    project = str(prepare_project(settings))
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    places = [
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--target-path",
        str(settings.warehouse / "dbt_target"),
    ]
    quiet = ["--no-use-colors", "--quiet", "--no-version-check", "--no-send-anonymous-usage-stats"]
    # Its messages may quote a row, so they go to its own file and not to whoever reads this process or task.
    logs = ["--log-level", "none", "--log-level-file", "info", "--log-path", str(settings.logs / "dbt")]
    try:
        return dbtRunner().invoke([*command, *places, *quiet, *logs])
    finally:
        DuckDBConnectionManager.close_all_connections()  # else the file stays locked for as long as this process lives


def _failure(settings: Settings, outcome: Any) -> CitypulseError:
    """Why dbt failed: a damaged warehouse, which no correction of a model mends, or the nodes that failed."""
    if damage := damage_of(settings, settings.warehouse_db):
        return damage
    nodes = [r.node.name for r in getattr(outcome.result, "results", None) or [] if r.status in ("error", "fail")]
    reason = f"dbt: {', '.join(nodes)} failed" if nodes else f"dbt stopped: {type(outcome.exception).__name__}"
    step = "read dbt's log under logs/dbt in the home; nothing was published."
    return BuildFailed(f"{reason}.", next_step=step, counts={"failed_nodes": len(nodes)})


# what was built


def _write_down(
    settings: Settings,
    receipts: list[Receipt],
    asked: Asked,
    ran: list[tuple[str, str, str, int | None]],
    started: float,
) -> BuildReport:
    connection = connect(settings.warehouse_db, settings=settings)
    try:
        newest = connection.execute("SELECT max(as_of) FROM marts.fct_kpi_value").fetchone()
        as_of = newest[0] if newest else None
        if as_of is None:
            raise NothingToDo(
                "The build made no KPI row.", next_step="see `citypulse status`: has any case feed landed?"
            )
        report = BuildReport(
            as_of=as_of,
            models=sum(r[0].startswith("model.") for r in ran),
            tests=sum(r[0].startswith("test.") for r in ran),
            seconds=time.monotonic() - started,
            code_version=code_version(settings),
            batches=sum(r.status == "landed" for r in receipts),
            input_digest=input_digest(receipts, asked.last),
        )
        columns = "schema_name VARCHAR, table_name VARCHAR, is_public BOOLEAN, sharing VARCHAR, rows_by VARCHAR"
        _replace(connection, "model_catalogue", columns, _catalogue(settings))
        _replace(connection, "dbt_result", "node VARCHAR, status VARCHAR, seconds DECIMAL(12,3), failures BIGINT", ran)
        inputs = sorted(inputs_of(receipts, asked.last).items())
        _replace(connection, "build_input", "feed VARCHAR, last_batch_seq BIGINT", inputs)
        info = [(as_of, report.code_version, report.input_digest, is_synthetic(settings))]
        crashpoint("build.write_down")
        columns = "as_of TIMESTAMP, code_version VARCHAR, input_digest VARCHAR, is_synthetic BOOLEAN"
        _replace(connection, "build_info", columns, info)
        crashpoint("build.written_down")
    finally:
        connection.close()
    return report


def _catalogue(settings: Settings) -> list[tuple[str, str, bool, str, str | None]]:
    """Each table: whether it is published, with whom its rows may be shared, and the moment its single rows go by."""
    nodes = [n for n in _read_manifest(settings)["nodes"].values() if n["resource_type"] in ("model", "seed")]
    return [(n["schema"], n["alias"], *_said(n)) for n in nodes]


def _said(node: dict[str, Any]) -> tuple[bool, str, str | None]:
    is_public, meta = node.get("access") == "public", node["config"].get("meta", {})
    return is_public, "unconditional" if is_public else str(meta.get("sharing", "conditional")), meta.get("rows_by")


def _replace(connection: DuckDBPyConnection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """Write a small table of our own whole; one statement, so a kill leaves the old one or the new one."""
    slots = ", ".join("(" + ", ".join("?" * len(row)) + ")" for row in rows)
    connection.execute("BEGIN")
    connection.execute(f"CREATE OR REPLACE TABLE meta.{table} ({columns})")
    if rows:
        connection.execute(f"INSERT INTO meta.{table} VALUES {slots}", [value for row in rows for value in row])
    connection.execute("COMMIT")
