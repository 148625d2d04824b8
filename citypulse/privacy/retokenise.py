"""After a rotation, every landed row gets the current key's tokens: made anew from the originals in the vault.

Rows are copied, one commit a feed, with nothing changed but the personal columns; which old token became which new
one stays in the vault alone. A row whose original is gone takes its token over that bridge, or else keeps the old one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from citypulse.privacy import certificates
from citypulse.privacy.bridge import add_pairs, bridge_file
from citypulse.privacy.certificates import Certificate
from citypulse.privacy.keys import rows_by_version, token_columns
from citypulse.privacy.renewal import has_begun, held, let_go_announced, note, renew_warehouse
from citypulse.privacy.retention import EARLIEST
from ingestion import durable
from ingestion.contract import Column, Contract, load_contracts
from ingestion.errors import DeliveryRefused, IntegrityError, NothingToDo
from ingestion.landing_rewrite import Change, rewrite
from ingestion.landing_table import LandingTable, landed_rows
from ingestion.normalise import quote, text
from ingestion.originals import original_of, staged
from ingestion.privacy import FORGOTTEN, TokenKey, load_key
from ingestion.settings import Settings
from warehouse.engine import connect, writer_lock


@dataclass
class RetokeniseReport:
    """Rows that got new tokens by feed, and those left with an old one because their original is gone."""

    version: str
    rows: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    certificate: str | None = None


def retokenise(settings: Settings, now: datetime) -> RetokeniseReport:
    """Give all landed rows tokens of the current key version; a killed run is taken up where it was.

    Raises NothingToDo when no row carries another version, WarehouseBusy while a build or a landing is at work,
    IntegrityError when two persons would become one or one would become two: nothing of that feed is changed then.
    """
    key = load_key(settings)
    report = RetokeniseReport(key.version)
    certificate = certificates.begin(settings, "retokenising", {"request": f"to {key.version}"}, now)
    with writer_lock(settings):
        for feed, contract in load_contracts(settings).items():
            if token_columns(contract) and has_begun(settings, feed):
                with held(settings, feed, contract):
                    _feed(settings, contract, key, certificate, report)
        if not certificate.says_something:
            raise NothingToDo(f"No landed row that could change carries a token other than of {key.version}.")
        renew_warehouse(settings, certificate, EARLIEST, now.date())
        certificate.stays = [f"{rows} rows of {feed} under an old key" for feed, rows in report.left.items()]
        report.certificate = certificates.finish(settings, certificate, now).name
    return report


def _feed(
    settings: Settings, contract: Contract, key: TokenKey, certificate: Certificate, report: RetokeniseReport
) -> None:
    let_go_announced(settings, certificate, contract)
    if not _others(settings, contract, key):
        return
    work = settings.work / f"land_{contract.feed}" / "fresh"
    durable.make_folder(work, 0o700)
    _stage_originals(settings, contract, key, work)
    _bridge(settings, contract, key, work)
    change = _change(settings, contract, key, work)
    done = rewrite(
        settings,
        contract,
        change,
        lambda found: note(settings, certificate, contract.feed, found) if found.touched else None,
    )
    durable.discard(work)
    if done.touched:
        report.rows[contract.feed] = done.touched
    if left := _others(settings, contract, key):
        report.left[contract.feed] = left


def _others(settings: Settings, contract: Contract, key: TokenKey) -> int:
    """How many rows carry a token of another version."""
    return sum(rows for version, rows in rows_by_version(settings, contract).items() if version != key.version)


def _stage_originals(settings: Settings, contract: Contract, key: TokenKey, work: Path) -> None:
    """The personal columns of every landed row as the current key makes them, a file per delivery."""
    with connect(":memory:", settings=settings) as connection:
        rows = landed_rows(contract, LandingTable(settings, contract).files())
        batches = connection.execute(f"SELECT DISTINCT batch_id FROM {rows} ORDER BY 1").fetchall()
    for number, (batch,) in enumerate(batches):
        original = original_of(settings, contract.feed, batch)
        if original is None:
            continue
        names = ", ".join(quote(column.name) for column in _personal(contract))
        try:
            with staged(settings, contract, original, key, work / "original") as stage:
                stage.connection.execute(
                    f"COPY (SELECT {text(batch)} AS batch_id, ({stage.row_no})::BIGINT AS row_no, {names} FROM staged) "
                    f"TO {text(str(work / f'{number:06d}.parquet'))} (FORMAT parquet)"
                )
        except DeliveryRefused:  # the contract has changed since, and no longer reads it: as good as gone
            continue


def _bridge(settings: Settings, contract: Contract, key: TokenKey, work: Path) -> None:
    """Keep which token became which. Raises IntegrityError where that is not one to one."""
    rows = landed_rows(contract, LandingTable(settings, contract).files())
    with connect(":memory:", settings=settings) as connection:
        _show(settings, contract, key, work, connection)
        for column in token_columns(contract):
            name = quote(column.name)
            pairs = connection.execute(
                f"SELECT DISTINCT {text(column.name)}, r.{name}, f.{name} FROM {rows} r "
                f"JOIN fresh f USING (batch_id, row_no) WHERE {_is_old('r.' + name, key)} AND f.{name} IS NOT NULL"
            ).fetchall()
            # What is one building is our own rule, and may have become a better one since; who is one person is not.
            if column.type != "place" and len({p[1] for p in pairs}) + len({p[2] for p in pairs}) != 2 * len(pairs):
                raise IntegrityError(
                    f"{contract.feed}, column {column.name}: old and new tokens are not one to one.",
                    next_step="run `citypulse keep-house --only scan`: is every original what was delivered?",
                )
            add_pairs(settings, contract.feed, key.version, pairs)


def _show(settings: Settings, contract: Contract, key: TokenKey, work: Path, connection: DuckDBPyConnection) -> None:
    """Tables `fresh` (personal columns by delivery and row) and `bridge` (column, old, new) for the queries here."""
    files = sorted(work.glob("*.parquet"))
    typed = ", ".join(f"{quote(column.name)} VARCHAR" for column in _personal(contract))
    connection.execute(f"CREATE TEMP TABLE fresh (batch_id VARCHAR, row_no BIGINT, {typed})")
    if files:
        listed = ", ".join(text(str(path)) for path in files)
        connection.execute(f"INSERT INTO fresh BY NAME FROM read_parquet([{listed}])")
    connection.execute("CREATE TEMP TABLE bridge (column_name VARCHAR, old VARCHAR, new VARCHAR)")
    pairs = bridge_file(settings, contract.feed, key.version)
    if pairs.exists() and pairs.stat().st_size:
        types = "{'column_name': 'VARCHAR', 'old': 'VARCHAR', 'new': 'VARCHAR'}"
        connection.execute(
            f"INSERT INTO bridge FROM read_csv({text(str(pairs))}, auto_detect = false, header = false, delim = ',', "
            f"columns = {types})"
        )


def _change(settings: Settings, contract: Contract, key: TokenKey, work: Path) -> Change:
    """The rows beside what they are to become, and where the two differ."""
    personal = _personal(contract)
    values = {column.name: _value(column, key) for column in personal}
    fresh = [f"f.{quote(column.name)} AS {quote(f'fresh_{column.name}')}" for column in personal]
    crossed = [f"b{n}.new AS {quote(f'crossed_{column.name}')}" for n, column in enumerate(personal)]
    pairs = "SELECT old, min(new) AS new FROM bridge WHERE column_name ="
    joins = " ".join(
        f"LEFT JOIN ({pairs} {text(column.name)} GROUP BY old) b{n} ON b{n}.old = r.{quote(column.name)}"
        for n, column in enumerate(personal)
    )

    def source(rows: str) -> str:
        return (
            f"(SELECT r.*, {', '.join([*fresh, *crossed])}, f.row_no AS fresh_row FROM {rows} r "
            f"LEFT JOIN fresh f ON f.batch_id = r.batch_id AND f.row_no = r.row_no {joins})"
        )

    beside = [f"{kind}_{column.name}" for kind in ("fresh", "crossed") for column in personal]
    return Change(
        touched=" OR ".join(f"({value} IS DISTINCT FROM {quote(name)})" for name, value in values.items()),
        columns=values,
        setup=lambda connection: _show(settings, contract, key, work, connection),
        source=source,
        beside=(*beside, "fresh_row"),
    )


def _value(column: Column, key: TokenKey) -> str:
    """SQL of what a personal column becomes; what a row has lost, it does not get back."""
    name, fresh, crossed = (quote(prefix + column.name) for prefix in ("", "fresh_", "crossed_"))
    if column.personal == "token":
        return f"CASE WHEN {_is_old(name, key)} THEN coalesce({fresh}, {crossed}, {name}) ELSE {name} END"
    return f"CASE WHEN {name} IS NOT NULL AND fresh_row IS NOT NULL THEN {fresh} ELSE {name} END"


def _is_old(name: str, key: TokenKey) -> str:
    versions = ", ".join(text(version) for version in (key.version, FORGOTTEN))
    return f"(split_part({name}, ':', 1) NOT IN ({versions}))"


def _personal(contract: Contract) -> list[Column]:
    return [column for column in contract.kept if column.personal in ("token", "fingerprint")]
