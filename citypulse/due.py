"""What Airflow's build does first: let the landing finish, and leave alone what is served already.

Feeds arrive in a burst and each announces its landing; without this, one morning would be built once per feed.
"""

from __future__ import annotations

import time

from ingestion.errors import NothingToDo
from ingestion.inbox import scan
from ingestion.receipts import all_receipts
from ingestion.settings import Settings
from warehouse.build import BuildReport, build
from warehouse.release import due_release_id
from warehouse.serving import current_release

PATIENCE_SECONDS = 60.0


def build_what_is_due(settings: Settings, patience: float = PATIENCE_SECONDS) -> BuildReport:
    """Build everything that has landed. Raises NothingToDo when the served release shows it already."""
    let_landing_finish(settings, patience)
    served = current_release(settings)
    if served is not None and served == due_release_id(settings, all_receipts(settings)):
        raise NothingToDo("The served release shows everything that has landed.")
    return build(settings)


def let_landing_finish(settings: Settings, patience: float) -> None:
    """Wait while sealed files lie in the inbox: a file leaves it when its rows have landed."""
    deadline = time.monotonic() + patience
    while scan(settings) and time.monotonic() < deadline:
        time.sleep(0.5)
