"""One run of one step, as a line of the run log: what may stand in it, how it is written and read."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime

OUTCOMES = ("done", "skipped", "failed", "killed")
FORMS = {
    "run_id": r"[0-9a-f]{12}",
    "step": r"[a-z_]{1,40}",
    "feed": r"[a-z0-9_]{0,80}",
    "error": r"[A-Za-z0-9_]{0,80}( [a-z0-9_]{1,60})?",
    "release_id": r"(r\d{8}-[0-9a-f]{10})?",
    "started_by": r"(cli|airflow [\w.~:+-]{0,250} [\w.~:+-]{0,250})",
}
COUNTED = r"[a-z_]{1,40}"


@dataclass
class Run:
    """One run of one step. `outcome` is one of OUTCOMES; `error` names a class and, where there is one, a rule.

    `started_at` is local time, `counts` whatever the step counts: rows, batches, models, checks. `started_by` is `cli`,
    or `airflow` with the ids of DAG and DAG run.
    """

    run_id: str
    step: str
    feed: str
    started_at: str
    seconds: float = 0.0
    outcome: str = "done"
    error: str = ""
    release_id: str = ""
    started_by: str = "cli"
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def went_well(self) -> bool:
        """A brief that is stale or was not approved was skipped on purpose; `error` then says why."""
        return self.outcome in ("done", "skipped")

    def count(self, **counts: int) -> None:
        """Note what the step has counted."""
        self.counts.update(counts)

    def add(self, **counts: int) -> None:
        """Count on, delivery by delivery."""
        for name, more in counts.items():
            self.counts[name] = self.counts.get(name, 0) + more


def to_line(run: Run) -> bytes:
    return (json.dumps(asdict(run), ensure_ascii=False) + "\n").encode()


def read_line(line: bytes) -> Run | None:
    """A line as it was written, or None where it is torn or not ours; what is let through is fit to be published."""
    try:
        run = Run(**json.loads(line))
        sound = all(re.fullmatch(form, getattr(run, name)) for name, form in FORMS.items())
        sound &= run.outcome in OUTCOMES and datetime.fromisoformat(run.started_at).isoformat(sep=" ") == run.started_at
        sound &= type(run.seconds) in (int, float) and 0 <= run.seconds < 1e8
        sound &= all(re.fullmatch(COUNTED, name) and _is_count(number) for name, number in run.counts.items())
    except (ValueError, TypeError, AttributeError):
        return None
    return run if sound else None


def _is_count(number: object) -> bool:
    return type(number) is int and 0 <= number < 1 << 62
