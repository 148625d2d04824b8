"""The briefs by the calendar: which period is due, whether the release can tell of it, its sign-off, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from citypulse import notices
from citypulse.notify import notify
from ingestion.errors import GateBlocked, NothingToDo, WarehouseBusy
from ingestion.receipts import all_receipts
from ingestion.run_log import logged, recent
from ingestion.settings import Settings, local_now
from reporting.brief import Text
from reporting.issue import Draft, Stale, issue, mark_stale, read_draft, reject
from reporting.period import Kind, Period, last_before, last_whole_day
from reporting.seasons import declared_seasons
from warehouse.audited import read_audit
from warehouse.release import due_release_id
from warehouse.serving import current_release, read_manifest

STEP = "snapshot"
PUBLISHING = ("build", "gate", "release")
LOOK_BACK = 500  # runs
JUST_OVER = timedelta(days=14)  # the mornings of all years' ends are tried, and each year has one
NONE_PUBLISHED = ("还没有发布任何版本。", "nothing has been published yet.")
GATE_BLOCKED = (
    "最近一次建仓被质量关口拦下，不通过的检查见质量页。",
    "the gate blocked the last build; the quality page names the checks.",
)
NOT_BUILT = (
    "新数据已入库，但还没有建成并发布。",
    "newer data have landed, but no build of them has been published.",
)
BUILD_FAILED = (
    "新数据已入库，但最近一次建仓没有成功。",
    "newer data have landed, but the last build of them failed.",
)
NOT_DELIVERED = ("还没有收到所需日期的数据。", "the data of the days it needs have not been delivered.")


def write_due(settings: Settings, kind: Kind, day: date, area: str | None = "all") -> Draft:
    """Write the brief of the last period of a kind that is over when `day` begins; issue it with `issue_draft`.

    Raises NothingToDo when it has been signed off already, and when the release is too old to tell of that period: then
    the pointer, the run log and the webhook say so.
    """
    period = last_before(kind, day, declared_seasons(settings))
    if period is None or (kind == "season" and day - period.end > JUST_OVER):
        raise NothingToDo("No heating season has just ended.", next_step="see season_calendar.csv.")
    if why := _why_stale(settings, period):
        raise _skipped(settings, period, *why)
    from reporting.snapshot import write_draft

    draft = write_draft(settings, kind=kind, period=period.name, area=area, stale=newer_failed(settings))
    if settings.sign_off and draft.state == "issued":
        raise NothingToDo(f"The {kind} brief {draft.period} of release {draft.release_id} is out already.")
    if settings.sign_off:
        notify(notices.brief_waits(kind, draft.period, draft.release_id))
    return draft


def write_asked(settings: Settings, **asked: Any) -> list[Path]:
    """Write the brief that someone asks for (`write_snapshots` says how), marked where it is stale, and the site."""
    from reporting.site.write import write_site
    from reporting.snapshot import write_snapshots

    try:
        paths = write_snapshots(settings, stale=newer_failed(settings), **asked)
    except NothingToDo:  # the brief of a period without data is news too
        write_site(settings)
        raise
    write_site(settings)
    return paths


def write_after_release(settings: Settings) -> list[Path]:
    """Write the brief of the newest month for the served release. Raises NothingToDo when it has one already."""
    from reporting.snapshot import write_snapshots

    release_id = current_release(settings) or ""
    if any((settings.briefs / release_id).glob("state_monthly_*.json")) and release_id:
        raise NothingToDo(f"Release {release_id} has its brief.")
    return write_snapshots(settings)


def newer_failed(settings: Settings) -> Text | None:
    """Why the served release is not the newest there could be: the last build failed, or the gate blocked it."""
    last = next((run for run in recent(settings, LOOK_BACK) if run.step in PUBLISHING), None)
    if last is None or last.went_well:
        return None
    return Text(*(GATE_BLOCKED if last.error.startswith(GateBlocked.__name__) else BUILD_FAILED))


def issue_draft(settings: Settings, release_id: str, kind: Kind, period: str) -> None:
    """Send readers to a draft and tell the webhook. Raises NothingToDo when there is no such draft."""
    draft = _draft(settings, release_id, kind, period)
    issue(settings, draft)
    notify(notices.brief_issued(kind, period, release_id, draft.data_as_of.replace("T", " ")))


def turn_down(settings: Settings, kind: Kind, told: Mapping[str, str] | None) -> None:
    """A draft, as it was told of, was not approved: note it, and say so by raising NothingToDo."""
    if told is None:
        raise NothingToDo(f"There was no {kind} brief to approve.")
    release_id, period = told["release_id"], told["period"]
    reject(settings, _draft(settings, release_id, kind, period))
    with logged(settings, STEP) as run:
        run.outcome, run.error, run.release_id = "skipped", "rejected", release_id
    notify(notices.brief_rejected(kind, period, release_id))
    raise NothingToDo(f"The {kind} brief {period} of release {release_id} was not approved; nothing is issued.")


def _draft(settings: Settings, release_id: str, kind: Kind, period: str) -> Draft:
    draft = read_draft(settings, release_id, kind, period)
    if draft is None:
        raise NothingToDo(f"Release {release_id} has no {kind} brief {period}.", next_step="run `citypulse snapshot`.")
    return draft


def _why_stale(settings: Settings, period: Period) -> tuple[str, str, str] | None:
    """As-of, reason in Chinese and in English when the release does not reach to the end of the period, else None."""
    served = read_manifest(settings, current_release(settings) or "")
    if served is None:
        return ("", *NONE_PUBLISHED)
    if last_whole_day(datetime.fromisoformat(served.data_as_of)) >= period.end:
        return None
    return (served.data_as_of, *_why_none_newer(settings))


def _why_none_newer(settings: Settings) -> tuple[str, str]:
    try:
        if read_audit(settings).failed_critical:
            return GATE_BLOCKED
    except (GateBlocked, NothingToDo, WarehouseBusy):
        return NOT_BUILT  # built and not audited yet, or at work this moment
    if current_release(settings) != due_release_id(settings, all_receipts(settings)):
        return NOT_BUILT
    return NOT_DELIVERED


def _skipped(settings: Settings, period: Period, as_of: str, zh: str, en: str) -> NothingToDo:
    note = Stale(period.kind, period.name, as_of, local_now().isoformat(), zh, en)
    note = mark_stale(settings, note)
    with logged(settings, STEP) as run:
        run.outcome, run.error, run.release_id = "skipped", "stale", current_release(settings) or ""
    notify(notices.brief_stale(period.kind, period.name, as_of.replace("T", " "), zh, en))
    known = f"as of {as_of}" if as_of else "without a release"
    return NothingToDo(
        f"The {period.kind} brief {period.name} is not issued: {known}, stale since {note.since}; {en}",
        next_step="see `citypulse status`; `citypulse snapshot --kind` writes it once a release tells of it.",
    )
