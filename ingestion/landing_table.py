"""The landing table of a feed: Delta Lake, append-only, partitioned by business day, month or year, fsynced by us.

DuckDB writes the Parquet files and delta-rs commits them: one pass over the rows, and the commit is atomic and carries
the batch as an application transaction, so a repeated commit is seen. delta-rs does not fsync; this module does.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion import durable
from ingestion.contract import Contract
from ingestion.errors import IntegrityError
from ingestion.normalise import quote, text
from ingestion.settings import Settings

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable, Schema
    from deltalake.transaction import AddAction, RemoveAction

    from ingestion.receipts import Receipt

PARTITION = "business_period"
MERGED = "merged-"
PARQUET = "FORMAT parquet, WRITE_BLOOM_FILTER false"  # nobody looks for single values, and the filters cost a twentieth
LINEAGE = {
    "batch_id": "VARCHAR",
    "batch_seq": "BIGINT",
    "row_no": "BIGINT",
    "recorded_at": "TIMESTAMP",
    "business_date": "DATE",
}


class LandingTable:
    """One feed's Delta table; the folder may not exist yet."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self.path = settings.landing / contract.feed
        self.contract = contract
        self._table: DeltaTable | None = None

    def table(self) -> DeltaTable | None:
        """The table as it was when first asked for and as this object changed it since; None before the first commit.

        Who adds holds the landing lock of the feed, so no other commit can come between. Raises IntegrityError where
        the log is damaged.
        """
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            if self._table is None and DeltaTable.is_deltatable(str(self.path)):
                self._table = DeltaTable(self.path)
        except DeltaError:
            feed = self.contract.feed
            step = f"restore landing/{feed}/_delta_log from the backup; receipts and Parquet files stay."
            raise IntegrityError(f"{feed}: the log of its landing table cannot be read.", next_step=step) from None
        return self._table

    def holds(self, batch_id: str) -> bool:
        """Whether this batch has been committed."""
        table = self.table()
        return table is not None and table.transaction_version(batch_id) is not None

    def without_rows(self, receipts: list[Receipt]) -> list[Receipt]:
        """Those receipts whose rows this table does not hold: acknowledged, and lost."""
        return [r for r in receipts if r.status == "landed" and r.landed and not self.holds(r.batch_id)]

    def rows_by_file(self) -> dict[str, int]:
        """Each file with the number of rows that the log says it has."""
        return self._by_file("num_records")

    def sizes(self) -> dict[str, int]:
        """Each file with the bytes that the log says it has."""
        return self._by_file("size_bytes")

    def _by_file(self, what: str) -> dict[str, int]:
        table = self.table()
        if table is None:
            return {}
        found = table.get_add_actions(flatten=True)
        paths, values = (found.column(name).to_pylist() for name in ("path", what))
        return {str(self.path / path): value for path, value in zip(paths, values, strict=True)}

    def files(self, periods: list[str] | None = None) -> list[str]:
        """Paths of the Parquet files, of all partitions or of some."""
        table = self.table()
        if table is None:
            return []
        uris = [uri.removeprefix("file://") for uri in table.file_uris()]
        if periods is None:
            return sorted(uris)
        return sorted(uri for uri in uris if _overlaps(period_of(uri), periods))

    def history(self, periods: list[str]) -> list[str]:
        """Paths of the files in which a row identical to one of these periods can lie.

        The newest version of a key may lie anywhere, for its date may have been corrected; but where the content
        carries its order any identical version will do, and identical rows have identical dates.
        """
        lies_anywhere = self.contract.version is None and self.contract.event_time not in self.contract.key
        return self.files(None if lies_anywhere else periods)

    def add(self, written: Path, batch_id: str, batch_seq: int, rows: dict[str, int]) -> None:
        """Move the Parquet files below `written` (a folder per partition) into the table, committed as one batch.

        `rows` counts the rows of each file by its name below `written`.
        """
        from deltalake import CommitProperties, Transaction

        table = self._widened(self.table()) or self._create()
        actions: list[AddAction | RemoveAction] = [
            self.take(path, f"{file_prefix(batch_id)}{path.name}", rows[f"{path.parent.name}/{path.name}"])
            for path in sorted(written.glob(f"{PARTITION}=*/*.parquet"))
        ]
        durable.discard(written)
        self.commit(table, actions, CommitProperties(app_transactions=[Transaction(batch_id, batch_seq)]))

    def commit(
        self, table: DeltaTable, actions: list[AddAction | RemoveAction], properties: CommitProperties | None = None
    ) -> None:
        """Commit and fsync; no old entry of the log goes before what sums it up is safe (`landing_upkeep.keep_log`)."""
        from deltalake import PostCommitHookProperties

        durable.crashpoint("landing.commit")
        table.create_write_transaction(
            actions,
            mode="append",
            schema=table.schema(),
            partition_by=[PARTITION],
            commit_properties=properties,
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )
        durable.crashpoint("landing.committed")
        table.update_incremental()
        self._table = table
        log = self.path / "_delta_log"
        for entry in sorted(log.glob("*.json"))[-3:]:  # the table's own entry, a wider schema, the batch
            durable.fsync_file(entry, "landing.log_entry")
        self.fsync_checkpoint(table.version())
        durable.fsync_file(self.path, "landing.table")

    def fsync_checkpoint(self, version: int) -> None:
        """Make the log's folder and its checkpoint durable; delta-rs writes one a hundred commits, or when asked."""
        log = self.path / "_delta_log"
        for part in (*log.glob(f"{version:020d}.checkpoint*.parquet"), *log.glob("_last_checkpoint")):
            durable.fsync_file(part, "landing.checkpoint")
        durable.fsync_file(log, "landing.log")

    def take(self, path: Path, name: str, rows: int, *, data_change: bool = True) -> AddAction:
        """Move a Parquet file, in a folder named after its partition, into the table; it counts once committed."""
        from deltalake.transaction import AddAction

        final = self.path / path.parent.name / name
        durable.make_folder(final.parent)
        durable.publish_file(path, final, "landing.file")
        return AddAction(
            path=f"{final.parent.name}/{final.name}",
            size=os.path.getsize(final),
            partition_values={PARTITION: period_of(final)},
            modification_time=int(time.time() * 1000),
            data_change=data_change,
            stats=json.dumps({"numRecords": rows}),
        )

    def _widened(self, table: DeltaTable | None) -> DeltaTable | None:
        """The table with the columns that the contract has gained since; no file is rewritten, old rows hold NULL."""
        if table is not None:
            known = {field.name for field in table.schema().fields}
            if gained := [field for field in self.schema().fields if field.name not in known]:
                durable.crashpoint("landing.widen")
                table.alter.add_columns(gained)
                durable.crashpoint("landing.widened")
                table.update_incremental()
        return table

    def _create(self) -> DeltaTable:
        from deltalake import DeltaTable

        durable.make_folder(self.path)
        durable.crashpoint("landing.create")
        return DeltaTable.create(
            str(self.path),
            schema=self.schema(),
            partition_by=[PARTITION],
            name=self.contract.feed,
            description=f"{self.contract.name_zh} / {self.contract.name_en}",
        )

    def schema(self) -> Schema:
        """The Delta schema: the contract's kept columns and the lineage of each row."""
        from deltalake import Field, Schema
        from deltalake.schema import PrimitiveType

        delta = {
            "VARCHAR": "string",
            "BOOLEAN": "boolean",
            "BIGINT": "long",
            "TIMESTAMP": "timestamp_ntz",
            "DATE": "date",
        }
        columns = landing_columns(self.contract) | {PARTITION: "VARCHAR"}
        return Schema([Field(name, PrimitiveType(delta.get(kind, kind.lower()))) for name, kind in columns.items()])


def landing_columns(contract: Contract) -> dict[str, str]:
    """The columns of a landed row with their DuckDB types: those the contract keeps, and the lineage."""
    return {column.name: column.sql_type for column in contract.kept} | LINEAGE


def file_prefix(batch_id: str) -> str:
    """How the names of the files begin that a delivery brought."""
    return f"{batch_id[:24]}-"


def period_of(file: str | Path) -> str:
    """The partition that a file lies in."""
    return Path(file).parent.name.removeprefix(f"{PARTITION}=")


def _overlaps(period: str, wanted: list[str]) -> bool:
    """Whether a partition, be it a day, a month or a year, has days in common with one of these."""
    return any(period.startswith(other) or other.startswith(period) for other in wanted)


def are_acknowledged(files: list[str], batches: dict[str, int]) -> bool:
    """Whether these files by their names hold rows of these landed batches (id and sequence number) alone.

    Only acknowledged rows are merged, and a merged file's name says up to which batch; should a receipt that far back
    be lost, the integrity scan finds it.
    """
    prefixes, newest = {file_prefix(batch) for batch in batches}, max(batches.values(), default=0)

    def is_known(name: str) -> bool:
        head, _, rest = name.partition("-")
        return int(rest[:8]) <= newest if f"{head}-" == MERGED else f"{head}-" in prefixes

    return all(is_known(Path(file).name) for file in files)


def landed_rows(contract: Contract, files: list[str]) -> str:
    """SQL of the rows in Parquet files of the table; a column that none of them has yet is NULL."""
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {quote(name)}" for name, kind in landing_columns(contract).items())
    empty = f"SELECT {nothing} WHERE false"
    if not files:
        return f"({empty})"
    listed = ", ".join(map(text, files))
    rows = f"FROM read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    return f"({rows} UNION ALL BY NAME {empty})"
