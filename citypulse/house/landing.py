"""Landing tables and receipts of all feeds: merged, check-pointed, vacuumed, packed."""

from __future__ import annotations

import logging
from dataclasses import asdict

from ingestion.contract import load_contracts
from ingestion.errors import IntegrityError, NothingToDo, WarehouseBusy
from ingestion.landing_upkeep import Upkeep, keep_feed
from ingestion.settings import Settings

log = logging.getLogger(__name__)


def keep_landing(settings: Settings) -> dict[str, int]:
    """Keep every feed; one that is landing just now is left for the next night.

    Raises NothingToDo when no feed needed anything, IntegrityError naming the feeds whose files cannot be read.
    """
    done: list[Upkeep] = []
    left, damaged = 0, []
    for feed, contract in load_contracts(settings).items():
        try:
            done.append(keep_feed(settings, contract))
        except WarehouseBusy:
            log.warning("feed=%s house=left_for_the_next_night", feed)
            left += 1
        except IntegrityError as error:
            damaged.append(error)
    if damaged:
        raise IntegrityError(" ".join(error.message for error in damaged), next_step=damaged[0].next_step)
    names = ("files_before", "files_after", "merged_rows", "vacuumed", "packed_receipts")
    counts = {name: sum(asdict(upkeep)[name] for upkeep in done) for name in names}
    if not left and not any(counts[name] for name in names[2:]):
        raise NothingToDo("No landing table needs anything.")
    return counts | {"feeds_left": left}
