"""Forgetting a person: nothing that was stored tells of them afterwards, nor what is delivered again.

The public matter stays and is counted; the row loses its token, fingerprint and place. The number itself is read, used
and dropped: what stays is a keyed mark (ingestion/forgotten.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from citypulse.privacy import certificates
from citypulse.privacy.bridge import forget_in_bridges
from citypulse.privacy.certificates import Certificate
from citypulse.privacy.renewal import has_begun, held, let_go_announced, note, note_files, renew_warehouse
from citypulse.privacy.retention import EARLIEST
from ingestion import durable, vault
from ingestion.contract import Column, Contract, load_contracts
from ingestion.errors import ContractError, DeliveryRefused, NothingToDo
from ingestion.forgotten import Tombstone, add_tombstones, read_tombstones, tombstones_of
from ingestion.landing_rewrite import Change, count, rewrite
from ingestion.normalise import quote, text
from ingestion.originals import Place, find, original_of, originals_of, redact
from ingestion.privacy import TokenKey, forgotten_key
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from warehouse.engine import writer_lock

REQUEST = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9._-]{3,64}")
AGAIN = "again"  # the reason where the whole list is applied once more: a backup of before may have been restored
NUMBER = re.compile(r"[0-9]{11}")


@dataclass
class ForgettingReport:
    """What tells of the person, and in a dry run would go: landed rows and originals by feed."""

    request: str
    rows: dict[str, int] = field(default_factory=dict)
    originals: dict[str, int] = field(default_factory=dict)
    unread_originals: int = 0
    certificate: str | None = None


def forget(
    settings: Settings, numbers: Iterable[str], request: str, now: datetime, *, dry_run: bool = False
) -> ForgettingReport:
    """Forget the person of these written numbers; asking again is harmless and finishes what a kill left.

    `request` names the case file, never the person. Raises ContractError for a name or a number that is none,
    WarehouseBusy while a build or a landing is at work: the mark is set by then, so run it again.
    """
    if not REQUEST.fullmatch(request) or NUMBER.search(request) or request == AGAIN:
        step = "name the case file: 3 to 64 letters, digits, `.`, `_`, `-`; never a person's number."
        raise ContractError("The id of the request is no such name.", next_step=step)
    stones = tombstones_of(settings, request, f"{now:%Y-%m-%d %H:%M:%S}", numbers)
    certificate = certificates.begin(settings, "forgetting", {"request": request, "numbers": len(stones)}, now)
    if not dry_run:
        certificates.announce(settings, certificate)
        add_tombstones(settings, stones)
    known = read_tombstones(settings)  # by their first stand-in, where they had asked before
    wanted = {stone.mark: known.get(stone.mark, stone) for stone in stones}
    return _Run(settings, certificate, wanted, dry_run).report(now)


def forget_again(settings: Settings, now: datetime, *, dry_run: bool = False) -> ForgettingReport:
    """Apply the whole list once more, after a restore. Raises NothingToDo when it is empty, and as `forget` does."""
    known = read_tombstones(settings)
    if not known:
        raise NothingToDo("Nobody has asked to be forgotten.")
    certificate = certificates.begin(settings, "forgetting", {"request": AGAIN, "numbers": len(known)}, now)
    return _Run(settings, certificate, known, dry_run).report(now)


def came_back(settings: Settings) -> int:
    """How many landed rows tell of somebody who was forgotten: some only after a restore."""
    known = read_tombstones(settings)
    changes = [(c, _change(c, known)) for c in load_contracts(settings).values() if known and _named(c)]
    return sum(count(settings, contract, change).touched for contract, change in changes)


class _Run:
    """One pass over all that is stored, with the marks of some or of all."""

    def __init__(
        self, settings: Settings, certificate: Certificate, stones: dict[str, Tombstone], dry_run: bool
    ) -> None:
        self.settings = settings
        self.certificate = certificate
        self.stones = stones
        self.dry_run = dry_run
        self.key: TokenKey = forgotten_key(settings)
        self.done = ForgettingReport(certificate.why["request"])

    def report(self, now: datetime) -> ForgettingReport:
        known = load_contracts(self.settings).items()
        feeds = {f: c for f, c in known if (_named(c) or _has_phones(c)) and has_begun(self.settings, f)}
        if self.dry_run:
            for feed, contract in feeds.items():
                self._feed(feed, contract)
            return self.done
        with writer_lock(self.settings):
            for feed, contract in feeds.items():
                with held(self.settings, feed, contract):
                    self._feed(feed, contract)
            forget_in_bridges(self.settings, {token for stone in self.stones.values() for token in stone.tokens})
            if self.done.request == AGAIN and not self.certificate.says_something:
                raise NothingToDo("Nobody who was forgotten has come back.")
            if self.certificate.changed:
                renew_warehouse(self.settings, self.certificate, EARLIEST, now.date())
            self.certificate.instead = self._instead()
            self.certificate.stays = self._stays()
            self.done.certificate = certificates.finish(self.settings, self.certificate, now).name
        return self.done

    def _feed(self, feed: str, contract: Contract) -> None:
        if _named(contract):
            self._rows(contract)
        ledger = Ledger(self.settings, feed)
        for batch in dict.fromkeys(receipt.batch_id for receipt in ledger.receipts):
            self._originals(contract, batch)
        self._zips(feed, ledger)

    def _rows(self, contract: Contract) -> None:
        change = _change(contract, self.stones)
        if self.dry_run:
            touched = count(self.settings, contract, change).touched
        else:
            touched = rewrite(
                self.settings,
                contract,
                change,
                lambda found: note(self.settings, self.certificate, contract.feed, found) if found.touched else None,
            ).touched
            let_go_announced(self.settings, self.certificate, contract)
        if touched:
            self.done.rows[contract.feed] = touched

    def _originals(self, contract: Contract, batch: str) -> None:
        found = originals_of(self.settings, contract.feed, batch)
        if len(found) > 1 and not self.dry_run:  # a kill left a redacted copy beside what it replaces
            everyone = read_tombstones(self.settings)
            clean = [path for path in found if not self._places(contract, path, everyone)]
            stays = clean[0] if clean else found[0]
            note_files(self.settings, self.certificate, [path for path in found if path != stays])
            for path in found:
                if path != stays:
                    durable.remove_file(path, "privacy.second_copy")
            found = [stays]
        for original in found:
            if places := self._places(contract, original, self.stones):
                self.done.originals[contract.feed] = self.done.originals.get(contract.feed, 0) + 1
                if not self.dry_run:
                    note_files(self.settings, self.certificate, [original])
                    redact(self.settings, contract, original, places, self.key, self.settings.work / "forget")

    def _places(self, contract: Contract, original: Path, stones: dict[str, Tombstone]) -> list[Place]:
        """Where these persons stand in an original; a zip is told by its members."""
        if original.suffix == ".zip":
            return []
        try:
            return find(self.settings, contract, original, self.key, stones, self.settings.work / "forget")
        except DeliveryRefused:  # nobody could read it when it came, and nobody can now
            self.done.unread_originals += 1
            return []

    def _zips(self, feed: str, ledger: Ledger) -> None:
        for bundle in {receipt.bundle for receipt in ledger.receipts if receipt.bundle}:
            zip_file = original_of(self.settings, feed, bundle.partition(":")[0])
            is_clean = vault.is_zip_clean(self.settings, feed, ledger.of_bundle(bundle))
            if zip_file and not is_clean and not self.dry_run:
                note_files(self.settings, self.certificate, [zip_file])
                durable.remove_file(zip_file, "privacy.zip")

    def _instead(self) -> dict[str, str]:
        """What lies in the place of the originals that went."""
        found = {}
        for name in map(Path, self.certificate.files):
            if name.parts[0] == "vault" and (now := self._lies_there(name)):
                found[str(name)] = now
        return found

    def _lies_there(self, name: Path) -> str | None:
        path = original_of(self.settings, name.parts[1], name.name.partition(".")[0])
        return str(path.relative_to(self.settings.home)) if path else None

    def _stays(self) -> list[str]:
        unread = self.done.unread_originals
        left = [f"{unread} originals that cannot be read under their contract, until retention ends them"]
        return [
            "the matters themselves and their counts: a public record without the person",
            "receipts: counts and hashes, no personal data",
            "releases and briefs: aggregates",
            *(left if unread else []),
        ]


def _named(contract: Contract) -> list[Column]:
    """The kept columns that name a person."""
    return [column for column in contract.kept if column.personal == "token" and column.type != "place"]


def _has_phones(contract: Contract) -> bool:
    return any(column.type == "phone" for column in contract.columns)


def _change(contract: Contract, stones: dict[str, Tombstone]) -> Change:
    """Rows of these persons without what tells of them; the same as `Stage.let_go` does to rows that come in."""
    named, tokens = _named(contract), [token for stone in stones.values() for token in stone.tokens]
    listed = ", ".join(map(text, tokens))
    pairs = " ".join(f"WHEN {text(t)} THEN {text(stone.stand_in)}" for stone in stones.values() for t in stone.tokens)
    touched = " OR ".join(f"coalesce({quote(column.name)} IN ({listed}), false)" for column in named)
    columns = {}
    for column in contract.kept:
        who = [other for other in named if column.is_of_person(other.name)]
        if who:
            told = " OR ".join(f"{quote(other.name)} IN ({listed})" for other in who)
            stands_in = ", ".join(f"CASE {quote(other.name)} {pairs} END" for other in who)
            value = f"coalesce({stands_in}, NULL)" if column.required else "NULL"
            columns[column.name] = f"CASE WHEN {told} THEN {value} ELSE {quote(column.name)} END"
    return Change(touched=f"({touched})", columns=columns)
