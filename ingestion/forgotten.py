"""Who asked to be forgotten: a list of keyed marks, by which their rows are known whenever they come again.

It lies in the vault, and once more beside the token key: a backup of the home from before a request must not bring a
person back, nor a key from before it. What either holds counts. No line tells a number, and without the key none can
be tried out.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ingestion import durable
from ingestion.contract import Column, load_contracts
from ingestion.errors import ContractError, IntegrityError
from ingestion.normalise import clean, second_try, text
from ingestion.privacy import FORGOTTEN, forgotten_key, load_keys
from ingestion.settings import Settings
from warehouse.engine import connect

PHONE = "phone"
WRITTEN = Column(
    name="written", header=["written"], type="phone", personal="token", meaning_zh="号码", meaning_en="number"
)


@dataclass(frozen=True)
class Tombstone:
    """One number of one request. `mark` names it in originals, `tokens` in landed rows, by all keys of that day.

    `stand_in` takes its place where a row cannot do without one: it is chance, and nothing of the number is in it.
    """

    request: str
    made_at: str
    mark: str
    stand_in: str
    tokens: list[str] = field(default_factory=list, repr=False)


def read_tombstones(settings: Settings) -> dict[str, Tombstone]:
    """All tombstones by mark; what was asked for twice, under different keys, is one.

    Raises IntegrityError for a damaged list: nobody who was forgotten may come back for that.
    """
    found: dict[str, Tombstone] = {}
    for path in places(settings):
        for stone in _read(path):
            _join(found, stone)
    return found


def add_tombstones(settings: Settings, stones: Iterable[Tombstone]) -> None:
    """Write these down for good, beside the key first; those that stand there already are not doubled."""
    wanted = list(stones)
    with durable.exclusive(settings.locks / "forgotten.lock", "The list of the forgotten"):
        everyone = read_tombstones(settings)
        for stone in wanted:
            _join(everyone, stone)
        lines = "".join(json.dumps(asdict(stone)) + "\n" for stone in everyone.values()).encode()
        durable.make_folder(settings.vault, 0o700)
        for path in places(settings):
            durable.write_file(path, lines, "privacy.tombstones", 0o600)


def _join(everyone: dict[str, Tombstone], stone: Tombstone) -> None:
    """Add a tombstone; one that is there already keeps all but its tokens, which are those of both."""
    known = everyone.get(stone.mark, stone)
    everyone[stone.mark] = replace(known, tokens=list(dict.fromkeys([*known.tokens, *stone.tokens])))


def places(settings: Settings) -> list[Path]:
    """Where the list lies."""
    return [settings.key_file.with_name(f"{settings.key_file.name}.forgotten"), settings.vault / "tombstones.jsonl"]


def tombstones_of(settings: Settings, request: str, made_at: str, numbers: Iterable[str]) -> list[Tombstone]:
    """The tombstones of these written numbers, under every key version and every kind of token but a place's.

    Raises ContractError naming the line that is no number, never what stands there.
    """
    mark_key, keys = forgotten_key(settings), load_keys(settings)
    tokenised = {
        c.type for contract in load_contracts(settings).values() for c in contract.kept if c.personal == "token"
    }
    domains = sorted({PHONE, *tokenised} - {"place"})
    return [
        Tombstone(
            request=request,
            made_at=made_at,
            mark=mark_key.token(PHONE, number),
            stand_in=f"{FORGOTTEN}:{secrets.token_hex(16)}",
            tokens=[key.token(domain, number) for key in keys.versions.values() for domain in domains],
        )
        for number in _normalised(settings, numbers)
    ]


def _normalised(settings: Settings, numbers: Iterable[str]) -> list[str]:
    """Numbers as landing understands them, by its own rule."""
    written = [(place, line) for place, line in enumerate(numbers, start=1) if line.strip()]
    if not written:
        raise ContractError("No number was given.", next_step="write one number a line into the file.")
    number_of = second_try(WRITTEN, clean(WRITTEN, "raw"))
    found = []
    with connect(":memory:", settings=settings) as connection:
        for place, line in written:  # as a literal: the first bound parameter of a process would import pandas
            query = f"SELECT {number_of} FROM (SELECT {text(line)} AS raw)"
            ((number,),) = connection.execute(query).fetchall()
            if number is None:
                step = "write the number as senders do, 3 to 20 digits, one a line."
                raise ContractError(f"Line {place} is no phone number.", next_step=step)
            found.append(str(number))
    return found


def _read(path: Path) -> list[Tombstone]:
    if not path.exists():
        return []
    try:
        return [Tombstone(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError) as error:
        step = "restore it from the backup, or from its copy beside the token key or in the vault."
        raise IntegrityError(f"The list of the forgotten, {path.name}, is damaged.", next_step=step) from error
