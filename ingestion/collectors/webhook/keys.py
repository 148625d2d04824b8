"""The keys under which senders push, one feed each: a file of the owner's alone, read anew whenever it changes."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.contract import load_contracts
from ingestion.errors import ContractError
from ingestion.settings import Settings, push_receiver
from ingestion.sighting import Mark, mark

KEY_ID = r"[a-z0-9_]{1,64}-[a-z0-9]{1,32}"
SECRET = r"[!-~]{32,128}"
PRIVATE = 0o600
MAKE = "make one with `citypulse collect webhook --new-key FEED`."


@dataclass(frozen=True)
class PushKey:
    """One sender's key; the secret shows in no repr, and so in no traceback."""

    key_id: str
    feed: str
    secret: str = field(repr=False)


class Keys:
    """The keys of the file as it is now: one that was taken out of it is refused from the next request on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark: Mark | None = None
        self._found: dict[str, PushKey] = {}

    def all(self) -> dict[str, PushKey]:
        """By id. Raises ContractError when the file is missing, open to others or damaged."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except OSError:
            raise ContractError(f"The key file {self.path.name} is not there to be read.", next_step=MAKE) from None
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if status.st_mode & 0o077:
                raise ContractError(
                    f"The key file {self.path.name} is open to others.", next_step="chmod 600 it, and make new keys."
                )
            if mark(status) != self._mark:
                self._found = {key.key_id: key for key in self._read(stream.read())}
                self._mark = mark(status)
        return self._found

    def find(self, key_id: str) -> PushKey | None:
        return self.all().get(key_id)

    def _read(self, content: bytes) -> list[PushKey]:
        try:
            return [_key(key_id, said) for key_id, said in json.loads(content)["keys"].items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ContractError(
                f"The key file {self.path.name} is damaged.", next_step="restore it, or delete it and make new keys."
            ) from None


def _key(key_id: str, said: Any) -> PushKey:
    key = PushKey(key_id, str(said["feed"]), str(said["secret"]))
    if not (re.fullmatch(KEY_ID, key_id) and re.fullmatch(SECRET, key.secret)):
        raise ValueError("no key")
    return key


def make_key(settings: Settings, feed: str) -> PushKey:
    """Make a key for a feed and add it to the file. Raises ContractError for an unknown feed or an unfit file."""
    path, contracts = push_receiver(settings).keys_file, load_contracts(settings)
    if feed not in contracts:
        raise ContractError(f"No feed named {feed!r}.", next_step=f"choose one of {', '.join(contracts)}.")
    with durable.exclusive(settings.locks / "push_keys.lock", "The file of keys"):
        known = Keys(path).all() if path.exists() else {}
        key = PushKey(f"{feed}-{secrets.token_hex(4)}", feed, secrets.token_hex(32))
        content = {one.key_id: {"feed": one.feed, "secret": one.secret} for one in [*known.values(), key]}
        durable.write_file(path, json.dumps({"keys": content}, indent=1).encode(), "push.key", PRIVATE)
    return key
