"""Receipts: the proof that a delivery is in. No receipt, no acknowledgement; the file then stays in the inbox.

An intent (`.pending`) is written before the commit and renamed into the receipt after it, so that a run killed
between the two knows what to finish.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.errors import IntegrityError
from ingestion.settings import Settings

STATUSES = ("landed", "duplicate", "refused")
MEANING = "交付记录：每次交付一行 / one row per acknowledged delivery"
COLUMN_MEANINGS = {  # of the table that the warehouse and the release show of them
    "feed": "数据源 / feed",
    "batch_id": "批次编号（交付文件的 sha256） / sha256 of the delivered file",
    "batch_seq": "交付次序 / order within the feed",
    "recorded_at": "入库时间 / moment of landing",
    "status": "状态：landed 入库、duplicate 重复、refused 退回 / outcome",
    "rule": "退回原因代码 / rule that refused the file",
    "received": "收到行数 / rows received",
    "landed": "入库行数 / rows landed",
    "quarantined": "隔离行数 / rows set aside",
    "duplicates": "重复行数 / duplicate rows",
    "first_business_date": "最早业务日期 / first business date touched",
    "last_business_date": "最晚业务日期 / last business date touched",
}


@dataclass(frozen=True)
class Receipt:
    """One acknowledged delivery. received = landed + quarantined + duplicates, always.

    `flags` counts values that were lost or mended in rows that landed, as "<column>|<flag>"; `bundle` names
    the delivery of the zip that the file came in.
    """

    feed: str
    batch_id: str
    batch_seq: int
    file_name: str
    recorded_at: str
    status: str
    received: int = 0
    landed: int = 0
    quarantined: int = 0
    duplicates: int = 0
    rule: str | None = None
    message: str | None = None
    first_business_date: str | None = None
    last_business_date: str | None = None
    business_dates: list[str] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    quarantine_rules: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    bundle: str | None = None

    def __post_init__(self) -> None:
        if self.received != self.landed + self.quarantined + self.duplicates:
            raise IntegrityError(
                f"{self.feed}, {self.file_name}: received {self.received} rows but landed {self.landed}, set aside "
                f"{self.quarantined}, duplicates {self.duplicates}.",
                next_step="this is a fault of citypulse: keep the file and report it.",
            )


class Ledger:
    """All receipts of one feed, read once and kept current."""

    def __init__(self, settings: Settings, feed: str) -> None:
        self.folder = settings.receipts / feed
        packed = {_stem(receipt): receipt for path in sorted(self.folder.glob("*.jsonl")) for receipt in _unpack(path)}
        single = {path.stem: _read(path) for path in sorted(self.folder.glob("*.json"))}
        self.receipts: list[Receipt] = [receipt for _, receipt in sorted({**packed, **single}.items())]

    @property
    def next_seq(self) -> int:
        return 1 + max((receipt.batch_seq for receipt in self.receipts), default=0)

    def accepted(self, batch_id: str) -> Receipt | None:
        """The receipt under which these bytes were landed, if they were; a refused file may be tried again."""
        return next((r for r in self.receipts if r.batch_id == batch_id and r.status == "landed"), None)

    def of_bundle(self, bundle: str) -> list[Receipt]:
        """The receipts of the files of one delivered zip."""
        return [receipt for receipt in self.receipts if receipt.bundle == bundle]

    def pending(self) -> list[tuple[Path, Receipt]]:
        """Intents that a killed run left behind."""
        return [(path, _read(path)) for path in sorted(self.folder.glob("*.pending"))]

    def intend(self, receipt: Receipt) -> Path:
        """Write down what is about to be committed."""
        path = self.folder / f"{_stem(receipt)}.pending"
        durable.write_file(path, _bytes(receipt), "land.intent")
        return path

    def acknowledge(self, receipt: Receipt, intent: Path | None = None) -> None:
        """Make the receipt final."""
        final = self.folder / f"{_stem(receipt)}.json"
        if intent is None:
            durable.write_file(final, _bytes(receipt), "land.receipt_alone")
        else:
            durable.publish_file(intent, final, "land.receipt")
        self.receipts.append(receipt)

    def pack(self, at_least: int = 200) -> int:
        """Move single receipts into the pack of their month; under the feed's landing lock. Returns how many.

        The pack is whole on the disk before the first single file goes.
        """
        singles = sorted(self.folder.glob("*.json"))
        if len(singles) < at_least:
            return 0
        months: dict[str, list[Path]] = {}
        for path in singles:
            months.setdefault(_read(path).recorded_at[:7], []).append(path)
        for month, paths in months.items():
            pack = self.folder / f"{month}.jsonl"
            both = {_stem(r): r for r in [*(_unpack(pack) if pack.exists() else []), *map(_read, paths)]}
            lines = [json.dumps(asdict(receipt), ensure_ascii=False) for _, receipt in sorted(both.items())]
            durable.write_file(pack, ("\n".join(lines) + "\n").encode(), "receipts.pack")
            for path in paths:
                durable.remove_file(path, "receipts.packed")
        return len(singles)


def all_receipts(settings: Settings) -> list[Receipt]:
    """Every receipt of every feed, in order of feed and sequence."""
    feeds = sorted(path.name for path in settings.receipts.glob("*") if path.is_dir())
    return [receipt for feed in feeds for receipt in Ledger(settings, feed).receipts]


def _stem(receipt: Receipt) -> str:
    return f"{receipt.batch_seq:08d}-{receipt.batch_id[:12]}"


def _bytes(receipt: Receipt) -> bytes:
    return json.dumps(asdict(receipt), ensure_ascii=False, indent=1).encode()


def _read(path: Path) -> Receipt:
    return _parsed(path, path.read_bytes())


def _unpack(path: Path) -> list[Receipt]:
    with path.open("rb") as lines:  # a file name may hold what splitlines takes for an end
        return [_parsed(path, line) for line in lines]


def _parsed(path: Path, line: bytes) -> Receipt:
    try:
        stored: dict[str, Any] = json.loads(line)
        if stored["status"] not in STATUSES:
            raise ValueError(stored["status"])
        datetime.fromisoformat(stored["recorded_at"])
        days = (stored.get("first_business_date"), stored.get("last_business_date"), *stored.get("business_dates", ()))
        for day in filter(None, days):
            date.fromisoformat(day)
        return Receipt(**stored)
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityError(f"Receipt {path.name} is damaged.", next_step="restore it from the backup.") from error
