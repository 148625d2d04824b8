"""Stories beside the day's work: the night's house-keeping, and all the small writers of a home."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from citypulse import airflow_processes, airflow_settings, case_rows, figures
from citypulse.house.backup import back_up
from citypulse.house.restore import restore
from citypulse.house.retention import clear_old_files, prune_releases
from citypulse.house.scan import scan
from ingestion import audit_log, durable, vault
from ingestion.audit_log import Access
from ingestion.collectors import segment
from ingestion.collectors.cursor import Cursor, write_cursor
from ingestion.collectors.mqtt.spool import Spool
from ingestion.collectors.webhook.accepted import Accepted, Taken
from ingestion.collectors.webhook.keys import make_key
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.sealing import Sealable, seal
from ingestion.collectors.webhook.upload import receive
from ingestion.contract import Seal, load_contracts
from ingestion.errors import NothingToDo
from ingestion.land import land_feed
from ingestion.landing_upkeep import keep_feed
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from reporting import issue
from reporting.issue import Draft
from reporting.site import dbt_docs
from reporting.site import write as site
from reporting.snapshot import write_snapshots
from tests.reliability.source import FEEDS, MESSAGES, ROOMS
from warehouse import recompute
from warehouse.engine import connect
from warehouse.replay import find, rebuild

NIGHT = datetime(2030, 1, 1, 2, 30)  # late enough for everything that may go by age
SEAL = Seal(seconds=300, bytes=1 << 20, messages=1000)


def keeping(settings: Settings) -> None:
    """Merge, pack, prune, clear, scan and back up, as `keep_house` does at night."""
    for feed, contract in load_contracts(settings).items():
        if feed in FEEDS:
            keep_feed(settings, contract, timedelta(0))
            with durable.exclusive(settings.locks / f"land_{feed}.lock", feed):
                Ledger(settings, feed).pack(at_least=2)
    for step in (prune_releases, clear_old_files, scan, back_up):
        try:
            step(settings, NIGHT)
        except NothingToDo:
            continue


def brief(settings: Settings) -> None:
    """A real brief of a real release, both languages and all formats."""
    write_snapshots(settings, kind="monthly")


def models_page(settings: Settings) -> None:
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as connection:
        dbt_docs.write_models_page(settings, connection)


def scan_all(settings: Settings) -> None:
    scan(settings, NIGHT)


def prune_old(settings: Settings) -> None:
    prune_releases(settings, NIGHT)


def prepare_keeping(settings: Settings) -> None:
    """A first backup, and things that are old: what the night then finds to do."""
    settings.backup.mkdir(exist_ok=True)  # type: ignore[union-attr]
    back_up(settings, NIGHT - timedelta(days=60))
    old = min(settings.releases.glob("r*.json"), key=lambda path: path.stat().st_mtime_ns).stem
    for place in (settings.briefs / old / "brief.html", settings.logs / "old.log", settings.work / "forgotten"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    for name in ("business_period=1999-01-01/of_a_killed_landing.parquet", "_delta_log/1.json#half"):
        left = settings.landing / ROOMS / name
        left.parent.mkdir(exist_ok=True)
        left.write_bytes(b"PAR1")
    (settings.backup / "gone" / "2020-01-01").mkdir(parents=True)  # type: ignore[operator]


def prepare_restoring(settings: Settings) -> None:
    """A backup, and of the home nothing is left but its key."""
    settings.backup.mkdir(exist_ok=True)  # type: ignore[union-attr]
    back_up(settings, NIGHT)
    for path in settings.home.iterdir():
        if path != settings.key_file:
            durable.discard(path)


def restoring(settings: Settings) -> None:
    """The backup comes back, once."""
    with suppress(NothingToDo):
        restore(settings, settings.backup or Path()).check()


def writing(settings: Settings) -> None:
    """Collectors seal what they heard, somebody asks for days anew, a brief is issued, pages are written."""
    _collect(settings)
    _write_pages(settings)
    audit_log.record(settings, Access("rows", "fct_case", "period=2026-01", 1, "reliability"))
    durable.discard(settings.home.parent / "rows.csv")
    case_rows._write(settings.home.parent / "rows.csv", "case_no\n")


def _collect(settings: Settings) -> None:
    heard = (settings.home.parent / "heard.jsonl").read_bytes().splitlines(keepends=True)
    spool = Spool(settings, MESSAGES, SEAL)
    spool.recover()
    spool.append(heard[: len(heard) // 2])
    spool.append(heard[len(heard) // 2 :])
    spool.seal()
    segment.sweep(settings, MESSAGES)
    pulled = (settings.home.parent / "pulled.jsonl").read_bytes()
    segment.seal(settings, MESSAGES, pulled, None, datetime(2026, 1, 6, 12))
    write_cursor(settings, MESSAGES, Cursor(datetime(2026, 1, 6, 12), "0" * 64))
    _push(settings, (settings.home.parent / "pushed.jsonl").read_bytes())
    if not recompute.last_request(settings):
        recompute.ask(settings, datetime(2026, 1, 5).date(), datetime(2026, 1, 5).date(), [ROOMS])


def _push(settings: Settings, body: bytes) -> None:
    """What the receiver does once an upload is whole and its signature is right."""
    part = settings.collect / "push" / "upload"
    part.parent.mkdir(parents=True, exist_ok=True)
    durable.discard(part)  # as the receiver does at its start
    digest = hashlib.sha256(body).hexdigest()
    asyncio.run(receive(_chunks(body), part, len(body), digest, Limits()))
    seal(Sealable(part, digest, body.count(b"\n")), settings.inbox / MESSAGES / "push_upload.jsonl")
    Accepted(settings.collect / "push_accepted", 600).add("key", "signature", Taken(digest, MESSAGES, "up", len(body)))
    make_key(settings, MESSAGES)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), 100):
        yield body[begin : begin + 100]


def _write_pages(settings: Settings) -> None:
    draft = Draft("monthly", "2026-01", "r20260201-0000000000", "2026-02-01", 1, 1, 31, 31, ("r/brief_zh.html",))
    with issue.writing(settings):
        issue.keep_draft(settings, draft)
    issue.issue(settings, draft)
    site._publish(settings, {"index.html": b"<p>one</p>", "kpi/new.html": b"<p>two</p>"})
    figures._report(settings, [], 0.0, "figures.html", is_replay=False)
    airflow_settings._secrets(settings)
    with patch.object(airflow_processes, "_start"), patch.object(airflow_processes, "_stop"):
        airflow_processes._start.return_value.wait.return_value = 0  # type: ignore[attr-defined]
        airflow_processes._prepare_database({}, settings.logs)


def replaying(settings: Settings) -> None:
    """A replay points at the release before the one it replays; its build is not the matter here."""
    scratch = settings.work / "replay"
    scratch.mkdir(parents=True, exist_ok=True)
    with patch("warehouse.replay.build_from"):
        rebuild(settings, find(settings), scratch)
    durable.discard(scratch)


def without_the_right(settings: Settings) -> None:
    """Landing may not move what it has to set aside: it stays, and nothing is said to have come."""
    with patch.object(vault, "set_aside", side_effect=PermissionError), suppress(NothingToDo):
        land_feed(settings, ROOMS)


def leave_half_landed(home: Path) -> None:
    """What a killed landing can have left: half a copy in the vault, an intent that never became a commit."""
    vault, receipts = (home / name / MESSAGES for name in ("vault", "receipts"))
    for folder in (vault, receipts):
        folder.mkdir(parents=True, exist_ok=True)
    (vault / ".arriving.1").write_bytes(b"half")
    never = {"feed": MESSAGES, "batch_id": "e" * 64, "batch_seq": 99, "file_name": "never.jsonl", "status": "landed"}
    intent = {**never, "recorded_at": "2026-01-05 08:00:00", "received": 3, "landed": 3}
    (receipts / f"{99:08d}-{'e' * 12}.pending").write_text(json.dumps(intent))


def leave_half_collected(home: Path) -> None:
    """What killed collectors can have left: half a segment, a manifest without one, half a line in the spool."""
    inbox, spool = home / "inbox" / MESSAGES, home / "collect" / "mqtt" / f"{MESSAGES}.jsonl"
    for folder in (inbox, spool.parent):
        folder.mkdir(parents=True, exist_ok=True)
    for prefix in ("http_", "mqtt_"):
        (inbox / f".{prefix}half.jsonl.tmp").write_bytes(b"{")
        (inbox / f"{prefix}never.jsonl.manifest.json").write_text("{}")
    spool.write_bytes(b'{"half": ')
