"""What becomes of the staged rows of one delivery: landed, set aside, or known already - judged and written in bulk."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.landing_table import PARQUET, PARTITION, landed_rows
from ingestion.normalise import flagged, quote, text
from ingestion.staging import Stage
from ingestion.straight import Straight


class Batch:
    """The rows of one delivery, from their verdicts to Parquet: those staged, and those that went straight."""

    def __init__(self, stage: Stage, straight: Straight | None = None) -> None:
        self.stage = stage
        self.straight = straight
        self.contract = stage.contract
        self.columns = [column.name for column in stage.contract.kept]
        self.is_stream = stage.contract.messages is not None
        self.rows_by_file: dict[str, int] = {}
        self._staged_days: dict[date, int] = {}
        self._has_fates = False
        stage.connection.execute("CREATE OR REPLACE TEMP TABLE fate (rid BIGINT, rule VARCHAR)")

    @property
    def _is_good(self) -> str:
        return "broken_rule IS NULL" + (" AND rowid NOT IN (SELECT rid FROM fate)" if self._has_fates else "")

    @property
    def periods(self) -> list[str]:
        """Partitions that the sound rows staged belong to."""
        found = self.stage.all(f"SELECT DISTINCT {self._period} FROM staged WHERE broken_rule IS NULL ORDER BY 1")
        return [period for (period,) in found]

    @property
    def _period(self) -> str:
        return f"strftime({quote(self.contract.event_time)}, {text(self.contract.partition_format)})"

    def settle(self, history: list[str]) -> None:
        """Find rows that repeat one another or what has landed, keys that contradict themselves, and all set aside."""
        self._settle_within()
        if history:
            self._settle_against(history)
        self.stage.connection.execute(f"CREATE OR REPLACE TEMP TABLE aside AS {self._quarantined()}")

    @property
    def _day(self) -> str:
        return f"{quote(self.contract.event_time)}::DATE"

    def _settle_within(self) -> None:
        names = [*self.contract.key, *([self.contract.version] if self.contract.version else [])]
        keys = ", ".join(map(quote, names))
        every = ", ".join(map(quote, self.contract.compared))
        # Where a segment of messages ends is chance: two contents of a key are versions in it, as across two of them.
        conflict = "false" if self.is_stream else "contents > 1"
        twice = f"SELECT hash({keys}) AS h FROM staged WHERE broken_rule IS NULL GROUP BY h HAVING count(*) > 1"
        if not self.stage.all(f"{twice} LIMIT 1"):
            return
        self._decide(f"""
            WITH suspect AS (
                SELECT rowid AS rid, * FROM staged WHERE broken_rule IS NULL AND hash({keys}) IN ({twice})
            ),
            numbered AS (SELECT rid, {keys}, row_number() OVER (PARTITION BY {every} ORDER BY rid) AS nth FROM suspect),
            judged AS (SELECT rid, nth, count(*) FILTER (nth = 1) OVER (PARTITION BY {keys}) AS contents FROM numbered)
            SELECT rid, CASE WHEN {conflict} THEN 'key_conflict' ELSE 'duplicate' END FROM judged
            WHERE {conflict} OR nth > 1""")

    def _settle_against(self, history: list[str]) -> None:
        """Rows already landed: identical to any version where the content carries its order, else to the newest one.

        A message may be sent again at any time, also after a later version of its key: any version will do.
        """
        keys = ", ".join(map(quote, self.contract.key))
        every = ", ".join(map(quote, self.contract.compared))
        newest = f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY batch_seq DESC, row_no DESC) = 1"
        same = " AND ".join(f"s.{quote(name)} IS NOT DISTINCT FROM p.{quote(name)}" for name in self.contract.compared)
        self._decide(f"""
            WITH past AS (
                SELECT {every} FROM {landed_rows(self.contract, history)}
                WHERE ({keys}) IN (SELECT ({keys}) FROM staged WHERE broken_rule IS NULL)
                {self._not_older() if self.contract.version else "" if self.is_stream else newest}
            )
            SELECT DISTINCT s.rowid, 'duplicate' FROM staged s JOIN past p ON {same} WHERE {self._is_good_in("s")}""")

    def _not_older(self) -> str:
        """An identical row has an identical version: with its least value known, most old files need not be read."""
        version = self.contract.column(str(self.contract.version))
        good = "FROM staged WHERE broken_rule IS NULL"
        ((least,),) = self.stage.all(f"SELECT min({quote(version.name)})::VARCHAR {good}")
        return f"AND {quote(version.name)} >= CAST({text(least)} AS {version.sql_type})" if least else ""

    def _decide(self, query: str) -> None:
        """Write down the fates a query finds; without any, the later queries can leave them out of account."""
        found = self.stage.one(f"INSERT INTO fate {query}")
        self._has_fates = self._has_fates or found > 0

    def _is_good_in(self, alias: str) -> str:
        return f"{alias}.broken_rule IS NULL AND {alias}.rowid NOT IN (SELECT rid FROM fate)"

    def counts(self) -> dict[str, Any]:
        """The numbers of the receipt."""
        good = f"SELECT {self._day} AS day, count(*) FROM staged WHERE {self._is_good} GROUP BY day ORDER BY day"
        self._staged_days = dict(self.stage.all(good))
        by_day = Counter(self._staged_days) + Counter(dict(self.straight.by_day if self.straight else []))
        days = sorted(map(str, by_day))
        fates = dict(self.stage.all("SELECT rule, count(*) FROM fate GROUP BY rule"))
        aside = dict(self.stage.all("SELECT rule, count(*) FROM aside GROUP BY rule ORDER BY rule"))
        return {
            "received": self.records(),
            "landed": by_day.total(),
            "quarantined": sum(aside.values()),
            "duplicates": fates.get("duplicate", 0),
            "first_business_date": days[0] if days else None,
            "last_business_date": days[-1] if days else None,
            "business_dates": days,
            "quarantine_rules": aside,
            "flags": self._flags(),
        }

    def records(self) -> int:
        """How many records the file holds."""
        return self.stage.records() + (sum(rows for _, rows in self.straight.by_day) if self.straight else 0)

    def _flags(self) -> dict[str, int]:
        """Values lost or mended in rows that landed, by "<column>|<flag>"."""
        found: dict[str, int] = {}
        for name in flagged(self.contract):
            query = f"SELECT f_{name}, count(*) FROM staged WHERE f_{name} IS NOT NULL AND {self._is_good} GROUP BY 1"
            found |= {f"{name}|{flag}": count for flag, count in sorted(self.stage.all(query))}
        return found

    def _quarantined(self) -> str:
        """SQL of the place and rule of every row set aside."""
        return (
            f"SELECT {self.stage.row_no} AS row_no, nullif(split_part(broken_rule, '|', 1), '') AS column_name, "
            "split_part(broken_rule, '|', 2) AS rule FROM staged "
            f"WHERE broken_rule IS NOT NULL AND {self.stage.is_record} "
            f"UNION ALL SELECT {self.stage.row_no}, {text(self.contract.key[0])}, 'key_conflict' FROM staged "
            f"WHERE rowid IN (SELECT rid FROM fate WHERE rule = 'key_conflict') "
            "UNION ALL SELECT row_no, NULL, rule FROM unsplit"
        )

    def write_quarantine(self, path: Path, batch_id: str) -> None:
        """Where each row set aside stands and which rule it broke; the row itself stays in the vault, never here."""
        if not self.stage.one("SELECT count(*) FROM aside"):
            return
        durable.make_folder(path.parent)
        temporary = path.with_name(f".{path.name}.tmp")
        self.stage.connection.execute(
            f"COPY (SELECT {text(self.contract.feed)} AS feed, {text(batch_id)} AS batch_id, row_no::BIGINT AS row_no, "
            f"column_name, rule FROM aside ORDER BY row_no) "
            f"TO {text(str(temporary))} (FORMAT parquet)"
        )
        durable.publish_file(temporary, path, "land.quarantine")

    def write_rows(self, batch_id: str, batch_seq: int) -> Path:
        """The good rows as Parquet, one folder per partition. Returns the folder above them."""
        target = self.stage.work / "rows"
        durable.discard(target)
        target.mkdir()
        if self.straight:
            self._place_straight(self.straight, target)
        if self._staged_days:
            self._write_staged(target, batch_id, batch_seq)
        self._count_files(target)
        return target

    def _place_straight(self, straight: Straight, target: Path) -> None:
        if len(straight.periods) > 1:
            query = f"SELECT *, {self._period} AS {PARTITION} FROM {straight.rows}"
            self._copy(query, target, f", PARTITION_BY ({PARTITION}), FILENAME_PATTERN 'straight_{{i}}'")
            return
        folder = target / f"{PARTITION}={straight.periods[0]}"
        folder.mkdir()
        for number, file in enumerate(straight.files):
            file.replace(folder / f"straight_{number}.parquet")  # within scratch

    def _write_staged(self, target: Path, batch_id: str, batch_seq: int) -> None:
        rows = (
            f"SELECT {', '.join(map(quote, self.columns))}, {text(batch_id)} AS batch_id, "
            f"{batch_seq}::BIGINT AS batch_seq, ({self.stage.row_no})::BIGINT AS row_no, "
            f"{self.stage.recorded_at} AS recorded_at, {self._day} AS business_date"
        )
        good = f"FROM staged WHERE {self._is_good}"
        periods = {day.strftime(self.contract.partition_format) for day in self._staged_days}
        if len(periods) == 1:  # the usual case, and twice as fast as a partitioned write
            folder = target / f"{PARTITION}={periods.pop()}"
            folder.mkdir(exist_ok=True)
            self._copy(f"{rows} {good}", folder / "part_0.parquet", "")
        else:
            options = f", PARTITION_BY ({PARTITION}), FILENAME_PATTERN 'part_{{i}}', OVERWRITE_OR_IGNORE"
            self._copy(f"{rows}, {self._period} AS {PARTITION} {good}", target, options)

    def _count_files(self, target: Path) -> None:
        """How many rows each file holds, asked of the file itself: a partitioned write makes as many as it likes."""
        found = self.stage.all(
            f"SELECT file_name, num_rows FROM parquet_file_metadata({text(f'{target}/*/*.parquet')})"
        )
        self.rows_by_file = {str(Path(name).relative_to(target)): rows for name, rows in found}

    def _copy(self, query: str, target: Path, options: str) -> None:
        self.stage.connection.execute(f"COPY ({query}) TO {text(str(target))} ({PARQUET}{options})")
