"""What every deletion shares: a feed held alone, files that go, and a warehouse built anew into a fresh file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import file_digest
from pathlib import Path

from citypulse.privacy.certificates import Certificate, announce
from ingestion import durable
from ingestion.contract import Contract
from ingestion.land import Lander
from ingestion.landing_rewrite import Outcome, sums
from ingestion.landing_table import LandingTable
from ingestion.settings import Settings
from warehouse.engine import writer_lock
from warehouse.recompute import ask


@contextmanager
def held(settings: Settings, feed: str, contract: Contract | None) -> Iterator[None]:
    """Hold a feed so that nobody lands it, with what a killed landing left finished. Raises WarehouseBusy."""
    with durable.exclusive(settings.locks / f"land_{feed}.lock", f"Landing of {feed}"):
        if contract:
            Lander(settings, contract).recover()
        yield


def has_begun(settings: Settings, feed: str) -> bool:
    """Whether anything of a feed can be stored here: who lands it for the first time holds its lock before it looks."""
    places = (settings.locks / f"land_{feed}.lock", settings.receipts / feed, settings.vault / feed)
    return any(path.exists() for path in places)


def note(settings: Settings, certificate: Certificate, feed: str, outcome: Outcome) -> None:
    """Write down what will go of the landed rows of a feed."""
    certificate.note_rows(feed, outcome.gone)
    if outcome.touched and not outcome.gone:
        certificate.changed[feed] = max(outcome.touched, certificate.changed.get(feed, 0))
    certificate.files |= outcome.files
    announce(settings, certificate)


def note_files(settings: Settings, certificate: Certificate, paths: list[Path]) -> None:
    """Write down files that will go."""
    certificate.files |= sums(settings, paths)
    announce(settings, certificate)


def let_go_announced(settings: Settings, certificate: Certificate, contract: Contract) -> None:
    """Remove the landing files of a feed that a killed run had announced and replaced."""
    current = set(LandingTable(settings, contract).files())
    for name in certificate.files:
        path = settings.home / name
        if name.startswith(f"landing/{contract.feed}/") and str(path) not in current:
            durable.remove_file(path, "privacy.announced_file")


def renew_warehouse(settings: Settings, certificate: Certificate, first: date, last: date) -> None:
    """Remove the warehouse's file: rows deleted in it would stay in its freed pages. The next build makes it anew.

    A request to compute these days anew gives that build, and so its release, a name of its own.
    """
    with writer_lock(settings):
        database = settings.warehouse_db
        if database.is_file():
            with database.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            certificate.files[str(database.relative_to(settings.home))] = digest
            announce(settings, certificate)
        ask(settings, first, last)
        durable.remove_file(database.with_name(f"{database.name}.wal"), "privacy.warehouse_wal")
        durable.remove_file(database, "privacy.warehouse")
