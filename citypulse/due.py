"""What Airflow's build does first: let the landing finish, and leave alone what is served already.

Feeds arrive in a burst and each announces its landing; without this, one morning would be built once per feed.
"""

from __future__ import annotations

import time

from ingestion.errors import GateBlocked, NothingToDo
from ingestion.inbox import scan
from ingestion.receipts import all_receipts
from ingestion.settings import Settings
from warehouse.audited import read_audit
from warehouse.build import BuildReport, build
from warehouse.release import due_release_id
from warehouse.serving import current_release

PATIENCE_SECONDS = 60.0


def build_what_is_due(settings: Settings, patience: float = PATIENCE_SECONDS) -> BuildReport:
    """Build everything that has landed.

    Raises NothingToDo when the served release shows it already, or when the gate has blocked a build of the very same:
    whoever rings may ring again, and it would be blocked again.
    """
    let_landing_finish(settings, patience)
    served, due = current_release(settings), due_release_id(settings, all_receipts(settings))
    if served is not None and served == due:
        raise NothingToDo("The served release shows everything that has landed.")
    if due is not None and _is_judged_unfit(settings, due):
        raise NothingToDo("The gate has blocked a build of the same deliveries; corrected ones must land first.")
    return build(settings)


def _is_judged_unfit(settings: Settings, due: str) -> bool:
    """Whether the build in the warehouse saw what is due, with today's code, and failed its audit."""
    try:
        audit = read_audit(settings)
    except (NothingToDo, GateBlocked):
        return False
    same = audit.build.release_id.partition("-")[2] == due.partition("-")[2]  # before it stands the newest moment
    return same and audit.failed_critical > 0


def let_landing_finish(settings: Settings, patience: float) -> None:
    """Wait while sealed files lie in the inbox: a file leaves it when its rows have landed."""
    deadline = time.monotonic() + patience
    while scan(settings) and time.monotonic() < deadline:
        time.sleep(0.5)
