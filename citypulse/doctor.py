"""What is wrong with this installation and what to do about it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from citypulse.privacy import certificates
from citypulse.privacy.forgetting import came_back
from ingestion import audit_log
from ingestion.contract import load_contracts
from ingestion.errors import CitypulseError
from ingestion.inbox import deliveries
from ingestion.key_marks import require_restored_key
from ingestion.landing_table import LandingTable
from ingestion.privacy import load_key
from ingestion.receipts import Ledger
from ingestion.run_log import history
from ingestion.settings import Settings, is_airflow_set

FREE_BYTES = 2 << 30


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    is_fine: bool
    text: str
    next_step: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that tends to go wrong; one finding each, good or bad."""
    looks = [_versions, _contracts, _disk, _key, _privacy, _receipts, _inbox, _release, _runs, _audit, _airflow]
    return [finding for look in looks for finding in _safely(look, settings)]


def _safely(look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except CitypulseError as error:
        yield Finding(look.__name__.strip("_"), False, error.message, error.next_step)


def _versions(settings: Settings) -> Iterator[Finding]:
    names = ("duckdb", "dbt-core", "great-expectations", "apache-airflow", "deltalake", "typst")
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("versions", supported, f"Python {sys.version.split()[0]}, {found}", "use Python 3.11 to 3.13.")


def _contracts(settings: Settings) -> Iterator[Finding]:
    yield Finding("contracts", True, f"{len(load_contracts(settings))} sound")


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(path for path in [settings.home, *settings.home.parents] if path.exists())
    free = shutil.disk_usage(place).free
    yield Finding(
        "disk", free > FREE_BYTES, f"{free >> 30} GiB free", "make room: a build needs three times its input."
    )


def _key(settings: Settings) -> Iterator[Finding]:
    require_restored_key(settings)
    if not settings.key_file.exists():
        yield Finding("token key", True, "will be made by the first landing")
        return
    key = load_key(settings)
    yield Finding("token key", True, f"version {key.version} ({key.digest}), readable by its owner alone")
    if key.digest != settings.token_digest:
        text = f"CITYPULSE_TOKEN_DIGEST is {settings.token_digest}, but version {key.version} makes {key.digest} tokens"
        step = f"set it to {key.digest} for good, or run `citypulse keys rotate` and `citypulse keys retokenise`."
        yield Finding("token digest", False, text, step)


def _privacy(settings: Settings) -> Iterator[Finding]:
    """Deletions that a kill cut short, and persons whom a restore has brought back."""
    again = {"retention": "retain", "key": "keys destroy", "retokenising": "keys retokenise"}
    for left in certificates.unfinished(settings):
        command = again.get(left.kind, f"forget --request {left.why.get('request')} --phone-file FILE")
        text = f"the {left.kind} of {left.began_at} was killed before its end"
        yield Finding("deletion", False, text, f"run `citypulse {command}` again.")
    rows = came_back(settings)
    text = f"{rows} landed rows tell of persons who were forgotten"
    yield Finding("forgotten persons", not rows, text, "run `citypulse forget --again`.")


def _receipts(settings: Settings) -> Iterator[Finding]:
    """Receipts and tables must tell the same story; an intent left by a kill is finished by the next landing."""
    for feed, contract in load_contracts(settings).items():
        ledger, table = Ledger(settings, feed), LandingTable(settings, contract)
        lost = table.without_rows(ledger.receipts)
        step = f"restore landing/{feed}, or delete these receipts and drop the files from the vault again."
        yield Finding(
            f"receipts of {feed}", not lost, f"{len(ledger.receipts)} read, {len(lost)} without their rows", step
        )
        if intents := ledger.pending():
            yield Finding(
                f"intents of {feed}", False, f"{len(intents)} left by a killed run", f"run `citypulse land {feed}`."
            )


def _inbox(settings: Settings) -> Iterator[Finding]:
    for contract in load_contracts(settings).values():
        for delivery in deliveries(settings, contract):
            if not delivery.is_sealed:
                yield Finding(
                    f"inbox/{contract.feed}",
                    False,
                    f"{delivery.name}: {delivery.reason}",
                    "wait, or ask the sender.",
                )
    strangers = [p.name for p in settings.inbox.glob("*") if p.name not in load_contracts(settings)]
    if strangers:
        yield Finding("inbox", False, f"no contract for {', '.join(strangers)}", "write one, or remove the folder.")


def _runs(settings: Settings) -> Iterator[Finding]:
    """The log is for people alone: a damaged line is told of, and nothing depends on it."""
    found = history(settings)
    text = f"{len(found.runs)} read, {found.unreadable} lines torn or not ours and left out"
    yield Finding("run log", True, text)


def _audit(settings: Settings) -> Iterator[Finding]:
    from warehouse.serving import audit_anchors

    found = audit_log.verify(settings, audit_anchors(settings))
    yield Finding("audit log", True, f"{found.lines} looks at single cases, chain whole, head {found.head[:12]}")


def _release(settings: Settings) -> Iterator[Finding]:
    from warehouse.serving import current_release, verify_release

    if current_release(settings) is None:
        yield Finding("release", True, "nothing published yet")
        return
    problems = verify_release(settings)
    yield Finding("release", not problems, "; ".join(problems) or "served files are whole", "run `citypulse release`.")


def _airflow(settings: Settings) -> Iterator[Finding]:
    """The Airflow this environment describes; the one that `citypulse airflow` starts is always on loopback."""
    if not is_airflow_set():
        yield Finding("airflow", True, "none set in this environment; `citypulse airflow` starts one on loopback")
        return
    from airflow.configuration import conf

    from citypulse.airflow_guard import NEXT_STEP, objection

    manager, host = conf.get("core", "auth_manager"), conf.get("api", "host")
    base_url = conf.get("api", "base_url", fallback="")
    found = objection(["airflow", "api-server"], auth_manager=manager, host=host, base_url=base_url)
    yield Finding("airflow", found is None, found.reason if found else f"{manager} on {host}", NEXT_STEP)
