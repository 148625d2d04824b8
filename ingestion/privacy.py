"""Personal data stops at the door: phones and addresses become keyed tokens; the key lives outside the data.

Rule: keyed pseudonyms, not plain hashes, because eleven digits can be enumerated (GB/T 37964-2019, PIPL art. 73).
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.durable import fsync_open, link, make_folder, own_temporary, remove_file
from ingestion.errors import ContractError
from ingestion.settings import Settings

TOKEN_HEX = 32


@dataclass(frozen=True)
class TokenKey:
    """The current key: its version stands in every token, so that a rotation can be seen. No repr shows the secret."""

    version: str
    secret: bytes = field(repr=False)
    digest: str

    def token(self, domain: str, value: str) -> str:
        """The pseudonym of a normalised value: `<version>:<hex>`. One domain per kind of value."""
        message = f"{domain}\x1f{value}".encode()
        return f"{self.version}:{hmac.digest(self.secret, message, self.digest).hex()[:TOKEN_HEX]}"

    def number(self, name: str) -> int:
        """A number that only who holds the key can know."""
        return int.from_bytes(hmac.digest(self.secret, f"number\x1f{name}".encode(), self.digest)[:8], "big")

    def tokens(self, domain: str, values: Iterable[str], meant: Callable[[str], str] = str) -> dict[str, str | None]:
        """Tokens of distinct values by what each is `meant` to name; None where it names nothing."""
        return {value: self.token(domain, name) if (name := meant(value)) else None for value in values}


def load_key(settings: Settings) -> TokenKey:
    """The token key of this installation; made on first use, readable by its owner alone.

    Raises ContractError when the key file is damaged or open to others.
    """
    path = settings.key_file
    if not path.exists():
        _make_key(path)
    if path.stat().st_mode & 0o077:
        raise ContractError(f"Key file {path.name} is open to others.", next_step="chmod 600 the key file.")
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        version = str(stored["current"])
        return TokenKey(version, bytes.fromhex(stored["keys"][version]), settings.token_digest)
    except (ValueError, KeyError, TypeError) as error:
        raise ContractError(
            f"Key file {path.name} is damaged.", next_step="restore it from its backup; a new key breaks all links."
        ) from error


def _make_key(path: Path) -> None:
    make_folder(path.parent)
    content = json.dumps({"current": "v1", "keys": {"v1": secrets.token_hex(32)}})
    temporary = own_temporary(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # readable by its owner alone
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
        stream.flush()
        fsync_open(stream.fileno(), "key.file")
    with suppress(FileExistsError):  # two first runs at once: the first link wins, both read the same key
        link(temporary, path, "key.name")
    remove_file(temporary, "key.temporary")
