"""Before a build: does the landing zone still hold what its receipts promise? A build on less would publish less.

Asked of logs and sizes alone, so that it costs no reading: every batch with a receipt is in its table, and every file
is there in its whole length. Rows are counted, and bits looked at, by the nightly scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingestion.contract import Contract, load_contracts
from ingestion.errors import IntegrityError
from ingestion.landing_table import LandingTable
from ingestion.receipts import Receipt
from ingestion.settings import Settings


def agreed_tables(settings: Settings, receipts: list[Receipt]) -> dict[str, tuple[Contract, LandingTable]]:
    """The landing table of every feed. Raises IntegrityError naming the feeds that lack what was acknowledged."""
    tables = {feed: (contract, LandingTable(settings, contract)) for feed, contract in load_contracts(settings).items()}
    landed: dict[str, list[Receipt]] = {feed: [] for feed in tables}
    for receipt in receipts:
        if receipt.status == "landed" and receipt.feed in landed:
            landed[receipt.feed].append(receipt)
    problems = [problem for feed, (_, table) in tables.items() for problem in _problems(feed, table, landed[feed])]
    if problems:
        more = f" And {len(problems) - 5} more." if len(problems) > 5 else ""
        raise IntegrityError(
            f"Landing does not hold what was acknowledged, so nothing is built. {' '.join(problems[:5])}{more}",
            next_step="`citypulse doctor` names the deliveries; restore landing/ of these feeds from the backup.",
        )
    return tables


def _problems(feed: str, table: LandingTable, receipts: list[Receipt]) -> Iterator[str]:
    if lost := table.without_rows(receipts):
        yield f"{feed}: {len(lost)} receipts lack their rows."
    lacking = [file for file, size in table.sizes().items() if not _is_whole(Path(file), size)]
    if lacking:
        yield f"{feed}: {len(lacking)} files are missing or cut off, such as {Path(lacking[0]).name}."
        return


def _is_whole(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size
