"""Personal data stops at the door: phones and addresses become keyed tokens; the key lives outside the data.

Rule: keyed pseudonyms, not plain hashes, because eleven digits can be enumerated (GB/T 37964-2019, PIPL art. 73).
A key version owns its digest: no setting can change what a version's tokens look like.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.errors import ContractError
from ingestion.settings import Settings, local_now

TOKEN_HEX = 32
DIGESTS = ("sha256", "sm3")
PATIENCE_SECONDS = 10.0
FORGOTTEN = "forgotten"  # the version of marks and stand-ins of those who asked to be forgotten; it never rotates


@dataclass(frozen=True)
class TokenKey:
    """One version of the key: its version stands in every token, so that a rotation can be seen. No repr shows it."""

    version: str
    secret: bytes = field(repr=False)
    digest: str
    made_at: str = ""

    def token(self, domain: str, value: str) -> str:
        """The pseudonym of a normalised value: `<version>:<hex>`. One domain per kind of value."""
        message = f"{domain}\x1f{value}".encode()
        return f"{self.version}:{hmac.digest(self.secret, message, self.digest).hex()[:TOKEN_HEX]}"

    def number(self, name: str) -> int:
        """A number that only who holds the key can know."""
        return int.from_bytes(hmac.digest(self.secret, f"number\x1f{name}".encode(), self.digest)[:8], "big")

    def code(self, content: bytes) -> str:
        """A code of some bytes (HMAC, hex), which only who holds the key can make."""
        return hmac.digest(self.secret, content, self.digest).hex()

    def tokens(self, domain: str, values: Iterable[str], meant: Callable[[str], str] = str) -> dict[str, str | None]:
        """Tokens of distinct values by what each is `meant` to name; None where it names nothing."""
        return {value: self.token(domain, name) if (name := meant(value)) else None for value in values}


@dataclass(frozen=True)
class Keys:
    """All that the key file holds: every version that was not destroyed, and when the others were."""

    current: TokenKey
    versions: dict[str, TokenKey]
    destroyed: dict[str, str]

    @property
    def newest_number(self) -> int:
        """The number of the last version ever made; a number is never used again."""
        return max(int(version.removeprefix("v")) for version in (*self.versions, *self.destroyed))


def load_key(settings: Settings) -> TokenKey:
    """The current token key of this installation. Raises as `load_keys` does."""
    return load_keys(settings).current


def load_keys(settings: Settings) -> Keys:
    """The key file of this installation; made on first use, readable by its owner alone.

    Raises ContractError when it is damaged or open to others, or when nobody can tell with which digest its tokens
    were made: a file from before the digest stood in it, and a setting that is not the default.
    """
    stored = _stored(settings)
    try:
        versions = {version: _key(version, said) for version, said in stored["keys"].items()}
        keys = Keys(versions[str(stored["current"])], versions, dict(stored.get("destroyed", {})))
        keys.newest_number  # noqa: B018  a version without a number is damage too
        is_unlabelled = isinstance(stored["keys"][keys.current.version], str)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(settings.key_file) from error
    if is_unlabelled and settings.token_digest != DIGESTS[0]:
        raise ContractError(
            f"Key file {settings.key_file.name} does not say with which digest version {keys.current.version} makes "
            f"its tokens, and CITYPULSE_TOKEN_DIGEST is {settings.token_digest}.",
            next_step='where they were always made with it, write {"secret": …, "digest": …} in the place of the key; '
            "else `citypulse keys rotate` makes a new version with it.",
        )
    return keys


def forgotten_key(settings: Settings) -> TokenKey:
    """The key of the marks of those who asked to be forgotten. Raises as `load_keys` does."""
    return _lasting_key(settings, FORGOTTEN)


def audit_key(settings: Settings) -> TokenKey:
    """The key of the audit log. Raises as `load_keys` does."""
    return _lasting_key(settings, "audit")


def _lasting_key(settings: Settings, name: str) -> TokenKey:
    """A key that never rotates, for what must be checked years later; made when first asked for."""
    stored = _stored(settings)
    if name not in stored:
        with _changing(settings) as stored:
            stored.setdefault(name, secrets.token_hex(32))
    try:
        return TokenKey(name, bytes.fromhex(stored[name]), DIGESTS[0])
    except (ValueError, TypeError) as error:
        raise _damaged(settings.key_file) from error


def rotate(settings: Settings) -> TokenKey:
    """Make a new version the current one, with the digest of the setting; the old ones stay for reading."""
    keys = load_keys(settings) if settings.token_digest == DIGESTS[0] else _labelled(settings)
    version = f"v{keys.newest_number + 1}"
    with _changing(settings) as stored:
        stored["keys"] |= {version: _new(settings)}
        stored["current"] = version
    return load_keys(settings).versions[version]


def destroy(settings: Settings, version: str) -> None:
    """Delete a version for ever: its tokens can then be made, and compared with numbers, by nobody.

    Whether anything still rests on it, the caller has looked. Raises ContractError for the current or no version.
    """
    keys = load_keys(settings)
    if version not in keys.versions:
        raise ContractError(
            f"There is no key version {version}.", next_step=f"choose among {', '.join(keys.versions)}."
        )
    if version == keys.current.version:
        raise ContractError(f"{version} is the current key version.", next_step="run `citypulse keys rotate` first.")
    with _changing(settings) as stored:
        del stored["keys"][version]
        stored.setdefault("destroyed", {})[version] = f"{local_now()}"


def _labelled(settings: Settings) -> Keys:
    """The keys where the setting is to become that of a new version: what has no digest by its name is sha256."""
    return load_keys(replace(settings, token_digest=DIGESTS[0]))


def _key(version: str, said: Any) -> TokenKey:
    if isinstance(said, str):  # from before the digest stood here
        return TokenKey(version, bytes.fromhex(said), DIGESTS[0])
    if said["digest"] not in DIGESTS:
        raise ValueError(version)
    return TokenKey(version, bytes.fromhex(said["secret"]), said["digest"], str(said.get("made_at", "")))


def _new(settings: Settings) -> dict[str, str]:
    """Raises ContractError for a digest that this installation does not know or cannot compute."""
    try:
        if settings.token_digest not in DIGESTS:
            raise ValueError(settings.token_digest)
        hmac.digest(b"key", b"", settings.token_digest)
    except ValueError as error:
        raise ContractError(
            f"CITYPULSE_TOKEN_DIGEST is {settings.token_digest!r}, which this Python cannot compute or nobody agreed.",
            next_step=f"choose {' or '.join(DIGESTS)}; sm3 needs OpenSSL 3.",
        ) from error
    return {"secret": secrets.token_hex(32), "digest": settings.token_digest, "made_at": f"{local_now()}"}


def _stored(settings: Settings) -> dict[str, Any]:
    path = settings.key_file
    if not path.exists():
        _make_key(settings)
    if path.stat().st_mode & 0o077:
        raise ContractError(f"Key file {path.name} is open to others.", next_step="chmod 600 the key file.")
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        stored["keys"], stored["current"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    return stored


def _damaged(path: Path) -> ContractError:
    step = "restore it from its backup; a new key breaks all links."
    return ContractError(f"Key file {path.name} is damaged.", next_step=step)


@contextmanager
def _changing(settings: Settings) -> Iterator[dict[str, Any]]:
    """The content of the key file, written back whole when the block ends well; one change at a time."""
    with durable.exclusive(settings.locks / "keys.lock", "The key file", PATIENCE_SECONDS):
        stored = _stored(settings)
        yield stored
        durable.write_file(settings.key_file, json.dumps(stored).encode(), "privacy.key_file", 0o600)


def _make_key(settings: Settings) -> None:
    """Of two first runs at once the first makes the key, and both read it."""
    with durable.exclusive(settings.locks / "keys.lock", "The key file", PATIENCE_SECONDS):
        if not settings.key_file.exists():
            content = {"current": "v1", "keys": {"v1": _new(settings)}, FORGOTTEN: secrets.token_hex(32)}
            durable.write_file(settings.key_file, json.dumps(content).encode(), "key.made", 0o600)
