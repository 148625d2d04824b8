"""Retention: what is older than the policy allows goes, rows by copy, and a certificate says what went and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from citypulse.privacy import certificates
from citypulse.privacy.certificates import Certificate
from citypulse.privacy.policy import Policy, load_policy
from citypulse.privacy.renewal import has_begun, held, let_go_announced, note, note_files, renew_warehouse
from ingestion import durable
from ingestion.contract import Contract, load_contracts
from ingestion.errors import NothingToDo
from ingestion.landing_rewrite import Change, count, rewrite
from ingestion.receipts import Ledger
from ingestion.settings import LOCAL_TIME, Settings
from warehouse.engine import writer_lock
from warehouse.serving import current_release

EARLIEST = date(2007, 1, 1)  # no row of before has ever landed


@dataclass
class RetentionReport:
    """What goes, or in a dry run would go."""

    first_landed_day: str | None
    first_vault_day: str | None
    rows: dict[str, int] = field(default_factory=dict)
    originals: int = 0
    quarantine_files: int = 0
    certificate: str | None = None


def retain(settings: Settings, now: datetime, *, dry_run: bool = False) -> RetentionReport:
    """Let go what is older than the policy allows, and certify it; a killed run's days are finished first.

    Raises NothingToDo when nothing is old enough, WarehouseBusy while a build or a landing of some feed is at work.
    """
    contracts = load_contracts(settings)
    policy, digest = load_policy(settings, set(contracts))
    landed, vault = policy.first_landed_day(now.date()), policy.last_vault_day(now.date())
    why = {"policy_sha256": digest, "landed_before": _text(landed), "vault_before": _text(vault)}
    certificate = certificates.begin(settings, "retention", why, now)
    run = _Run(settings, policy, certificate, dry_run)
    if dry_run:
        run.all_feeds(contracts)
        return run.report
    with writer_lock(settings):
        certificate.why.setdefault("release", current_release(settings))
        run.all_feeds(contracts)
        if not certificate.says_something:
            raise NothingToDo("Nothing is older than the retention policy allows.")
        if certificate.rows:
            renew_warehouse(settings, certificate, EARLIEST, run.first_landed or now.date())
        certificate.stays = _stays(policy)
        run.report.certificate = certificates.finish(settings, certificate, now).name
    return run.report


class _Run:
    """One run over all feeds, by the days that its certificate says."""

    def __init__(self, settings: Settings, policy: Policy, certificate: Certificate, dry_run: bool) -> None:
        self.settings = settings
        self.policy = policy
        self.certificate = certificate
        self.dry_run = dry_run
        self.first_landed = _day(certificate.why["landed_before"])
        self.first_vault = _day(certificate.why["vault_before"])
        self.report = RetentionReport(certificate.why["landed_before"], certificate.why["vault_before"])

    def all_feeds(self, contracts: dict[str, Contract]) -> None:
        stored = {path.name for path in self.settings.vault.glob("*") if (self.settings.receipts / path.name).is_dir()}
        begun = {feed for feed in contracts if has_begun(self.settings, feed)}
        for feed in sorted(begun | stored):  # a feed without contract has originals all the same
            contract = contracts.get(feed)
            if self.dry_run:
                self._feed(feed, contract)
                continue
            with held(self.settings, feed, contract):
                self._feed(feed, contract)

    def _feed(self, feed: str, contract: Contract | None) -> None:
        if contract and self.first_landed and self.policy.lets_rows_go(contract):
            self._rows(contract, self.first_landed)
        originals = self._old_originals(feed)
        aside = self._old_quarantine(feed) if contract and self.policy.lets_rows_go(contract) else []
        self.report.originals += len(originals)
        self.report.quarantine_files += len(aside)
        if (originals or aside) and not self.dry_run:
            note_files(self.settings, self.certificate, [*originals, *aside])
            for path in (*originals, *aside):
                durable.remove_file(path, "privacy.old_file")

    def _rows(self, contract: Contract, first: date) -> None:
        old = f"business_date < DATE '{first}'"
        change = Change(touched=old, goes=old)
        if self.dry_run:
            outcome = count(self.settings, contract, change)
        else:
            outcome = rewrite(
                self.settings,
                contract,
                change,
                lambda found: note(self.settings, self.certificate, contract.feed, found) if found.touched else None,
            )
            let_go_announced(self.settings, self.certificate, contract)
        if outcome.touched:
            self.report.rows[contract.feed] = outcome.touched

    def _old_originals(self, feed: str) -> list[Path]:
        if self.first_vault is None:
            return []
        last_days = _last_days(Ledger(self.settings, feed))
        return [
            path
            for path in sorted((self.settings.vault / feed).rglob("*"))
            if path.is_file() and (last_days.get(_batch_of(path)) or _changed_on(path)) < self.first_vault
        ]

    def _old_quarantine(self, feed: str) -> list[Path]:
        """Where rows stood that were set aside, of deliveries of which no row may be left."""
        if self.first_landed is None:
            return []
        last_days = {batch[:24]: day for batch, day in _last_days(Ledger(self.settings, feed)).items()}
        return [
            path
            for path in sorted((self.settings.quarantine / feed).glob("*.parquet"))
            if (last_days.get(path.stem) or _changed_on(path)) < self.first_landed
        ]


def _last_days(ledger: Ledger) -> dict[str, date]:
    """The last business day of each delivery and of each zip; of one that told none, the day it came.

    A delivery that came again does not live longer for that.
    """
    told: dict[str, date] = {}
    came: dict[str, date] = {}
    for receipt in ledger.receipts:
        zip_id = receipt.bundle.partition(":")[0] if receipt.bundle else receipt.batch_id
        for batch in {receipt.batch_id, zip_id, receipt.batch_id[:24]}:  # what could not be opened has a short name
            if receipt.last_business_date:
                told[batch] = max(told.get(batch, EARLIEST), date.fromisoformat(receipt.last_business_date))
            came[batch] = max(came.get(batch, EARLIEST), date.fromisoformat(receipt.recorded_at[:10]))
    return came | told


def _batch_of(path: Path) -> str:
    return path.name.partition(".")[0]


def _changed_on(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, LOCAL_TIME).date()


def _stays(policy: Policy) -> list[str]:
    kept = [f"landed rows of {feed}: {reason}" for feed, reason in policy.landed_for_good.items()]
    return [
        "receipts: counts and hashes, no personal data",
        "landed rows of feeds without personal data",
        "releases and briefs: aggregates",
        *kept,
    ]


def _text(day: date | None) -> Any:
    return day.isoformat() if day else None


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None
