"""The page of the runs: what failed, how long steps take, what was published, when each feed last came."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from ingestion.contract import Contract, load_contracts
from ingestion.errors import CitypulseError
from ingestion.receipts import Ledger, Receipt
from ingestion.run_log import history
from ingestion.run_record import Run
from ingestion.settings import Settings, local_now
from warehouse.pages import TEMPLATES, write_page
from warehouse.serving import current_release, manifests

log = logging.getLogger(__name__)
DAYS = 14
SHOWN_RUNS = 60
SHOWN_RELEASES = 20
STEPS_ZH = {
    "collect": "采集",
    "land": "入库",
    "build": "构建",
    "gate": "把关",
    "release": "发布",
    "snapshot": "简报",
    "pack": "指标数据包",
    "keep_house": "整理",
    "replay": "重放",
    "drill": "恢复演练",
    "recompute": "重算",
    "push_postgres": "推送",
}
REMEDIES = {
    "GateBlocked": ("见数据质量页", "see the quality page"),
    "BuildFailed": ("见 logs/dbt/dbt.log", "read logs/dbt/dbt.log"),
    "ContractError": ("按契约检查来件", "compare what came with its contract"),
    "SourceRefused": ("联系来源单位", "ask the source's office"),
    "SourceUnavailable": ("稍后再试", "try later"),
    "TargetRefused": ("见 docs/push-postgres.zh-CN.md", "see docs/push-postgres.md"),
    "TargetUnavailable": ("检查 PostgreSQL 后重试", "look after the PostgreSQL, then push again"),
    "WarehouseBusy": ("另一个写入者在工作，稍后再试", "another writer was at work: try later"),
    "IntegrityError": ("运行 citypulse doctor", "run `citypulse doctor`"),
}


@dataclass(frozen=True)
class StepTimes:
    """How long the finished runs of one step took, and the seconds of its latest ones, oldest first."""

    step: str
    runs: int
    failed: int
    median: float | None
    last: float | None
    longest: float | None
    latest: list[Run]


@dataclass(frozen=True)
class FeedState:
    """A feed and its last delivery."""

    contract: Contract
    last: Receipt | None


def write_runs_page(settings: Settings) -> None:
    """Write `site/runs.html`. A page that cannot be written is told of, and costs no work."""
    try:
        write_page(settings.site / "runs.html", TEMPLATES / "runs.html", **_content(settings))
    except (CitypulseError, OSError) as error:
        log.warning("page=runs not_written=%s", type(error).__name__)


def _content(settings: Settings) -> dict[str, Any]:
    now = local_now()
    found = history(settings, since=now - timedelta(days=DAYS))
    return {
        "now": now,
        "days": DAYS,
        "total": len(found.runs),
        "runs": [run for run in found.runs if run.went_well][:SHOWN_RUNS],
        "broken": [run for run in found.runs if not run.went_well],
        "healed": _healed(found.runs),
        "unreadable": found.unreadable,
        "steps": step_times(found.runs),
        "steps_zh": STEPS_ZH,
        "remedies": REMEDIES,
        "releases": manifests(settings)[:SHOWN_RELEASES],
        "served": current_release(settings),
        "feeds": [FeedState(c, _last_delivery(settings, feed)) for feed, c in load_contracts(settings).items()],
    }


def _last_delivery(settings: Settings, feed: str) -> Receipt | None:
    receipts = Ledger(settings, feed).receipts
    return receipts[-1] if receipts else None


def step_times(runs: list[Run]) -> list[StepTimes]:
    """The steps in the order in which data pass them; `runs` come newest first."""
    order = [*STEPS_ZH, *sorted({run.step for run in runs} - set(STEPS_ZH))]
    return [_times(step, [run for run in runs if run.step == step]) for step in order if step in {r.step for r in runs}]


def _times(step: str, runs: list[Run]) -> StepTimes:
    seconds = [run.seconds for run in runs if run.outcome == "done"]
    return StepTimes(
        step=step,
        runs=len(runs),
        failed=sum(not run.went_well for run in runs),
        median=median(seconds) if seconds else None,
        last=seconds[0] if seconds else None,
        longest=max(seconds, default=None),
        latest=[run for run in runs if run.outcome != "killed"][:20][::-1],
    )


def _healed(runs: list[Run]) -> set[tuple[str, str]]:
    """Steps and feeds whose newest run went well: what failed of them before is past."""
    newest: dict[tuple[str, str], Run] = {}
    for run in runs:
        newest.setdefault((run.step, run.feed), run)
    return {key for key, run in newest.items() if run.went_well}
