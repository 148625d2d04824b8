"""What is pending, landed, set aside, published and run, read from receipts, pointer and log; no engine is opened."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from citypulse.pipeline import served
from ingestion.audit_log import anchor
from ingestion.contract import MENDED, load_contracts
from ingestion.inbox import deliveries
from ingestion.receipts import Ledger
from ingestion.run_log import recent, running
from ingestion.settings import Settings

PAGES = {"figures.html": "published figures", "quality.html": "quality page", "runs.html": "page of the runs"}
SHOWN_RUNS = 12
COUNTS = ("received", "landed", "quarantined", "duplicates")


def status(settings: Settings) -> dict[str, Any]:
    """Counts by feed, the served release, the refusals, the last runs and those at work, as one JSON-ready mapping."""
    feeds: dict[str, dict[str, Any]] = {}
    refusals: list[str] = []
    for feed, contract in load_contracts(settings).items():
        receipts = Ledger(settings, feed).receipts
        waiting = deliveries(settings, contract)
        accepted = {receipt.batch_id for receipt in receipts if receipt.status == "landed"}
        open_refusals = [r for r in receipts if r.status == "refused" and r.batch_id not in accepted]
        flags = sum((Counter(receipt.flags) for receipt in receipts), Counter())
        refusals += [str(receipt.message) for receipt in open_refusals]
        feeds[feed] = {
            "pending": len(waiting),
            "unsealed": [f"{d.name}: {d.reason}" for d in waiting if not d.is_sealed],
            "deliveries": len(receipts),
            **{name: sum(getattr(receipt, name) for receipt in receipts) for name in COUNTS},
            "refused": len(open_refusals),
            "lost_values": {flag: count for flag, count in flags.items() if not flag.endswith(f"|{MENDED}")},
            "mended_values": {flag: count for flag, count in flags.items() if flag.endswith(f"|{MENDED}")},
            "latest": max((receipt.recorded_at for receipt in receipts), default="-"),
        }
    return {
        "feeds": feeds,
        "release": _release(settings),
        "audit": anchor(settings),
        "refusals": refusals,
        "runs": [asdict(run) for run in recent(settings, SHOWN_RUNS)],
        "running": [asdict(run) for run in running(settings)],
    }


def _release(settings: Settings) -> dict[str, Any]:
    pointer = served(settings)
    names = ("published_at", "data_as_of", "checks_passed", "checks_total")
    return {"id": pointer["release_id"], **{name: pointer[name] for name in names}} if pointer else {}


def results(settings: Settings) -> dict[str, Any]:
    """What there is to open after a run."""
    release = _release(settings)
    folder = settings.briefs / str(release.get("id", ""))
    briefs = sorted(folder.glob("brief_[0-9]*")) if release else []  # the monthly one
    places = {f"brief {path.stem[-2:]} ({path.suffix[1:]})": str(path) for path in briefs if path.suffix != ".png"}
    places["front door"] = str(settings.site / "index.html")
    for name, label in PAGES.items():
        if (page := settings.site / name).exists():
            places[label] = str(page)
    places["warehouse for BI"] = str(settings.serving / "governance.duckdb")
    headline = (
        f"Published {release['id']}: {release['checks_passed']} of {release['checks_total']} checks passed."
        if release
        else "Nothing is published."
    )
    return {"release": release, "headline": headline, "places": places}
