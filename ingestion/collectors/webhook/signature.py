"""Who sends, and that nobody changed it: an HMAC over time, place, name, count and digest of the body.

The body is signed by its SHA-256, which travels in a header. So the signature is checked before a byte of the body is
read, and whoever has no secret cannot make the receiver read one.
"""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from typing import Protocol

from ingestion.collectors.webhook.keys import Keys, PushKey
from ingestion.collectors.webhook.refusal import Refusal

KEY, TIMESTAMP, SHA256 = "X-Citypulse-Key", "X-Citypulse-Timestamp", "X-Citypulse-Sha256"
SIGNATURE, FILE_NAME, ROWS = "X-Citypulse-Signature", "X-Citypulse-File-Name", "X-Citypulse-Rows"
FORMS = {  # what each header looks like; the OpenAPI says the same
    KEY: r"^[a-z0-9_-]{1,97}$",
    TIMESTAMP: r"^[1-9][0-9]{9}$",
    SHA256: r"^[0-9a-f]{64}$",
    SIGNATURE: r"^[0-9a-f]{64}$",
    FILE_NAME: r"^[A-Za-z0-9%._~!'()*+,;=@-]{1,660}$",
    ROWS: r"^(0|[1-9][0-9]{0,8})$",
}
OPTIONAL = (FILE_NAME, ROWS)
CREDENTIALS = (KEY, SIGNATURE)
NOBODY = "0" * 64


class Headers(Protocol):
    """Of a request."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Said:
    """What the headers of a request say; an optional one that is not there is empty."""

    key_id: str
    timestamp: str
    sha256: str
    signature: str
    file_name: str
    rows: str


def read_headers(headers: Headers) -> Said:
    """Raises Refusal: `signature` where credentials are missing, `headers` naming one that is not of its form."""
    said = {name: _one(name, headers.getlist(name)) for name in FORMS}
    if not all(said[name] for name in CREDENTIALS):
        raise Refusal("signature")
    if missing := [name for name in FORMS if not said[name] and name not in OPTIONAL]:
        raise Refusal("headers", f"{missing[0]} is missing.")
    return Said(said[KEY], said[TIMESTAMP], said[SHA256], said[SIGNATURE], said[FILE_NAME], said[ROWS])


def _one(name: str, values: list[str]) -> str:
    if not values:
        return ""
    if len(values) > 1 or not re.fullmatch(FORMS[name], values[0], re.ASCII):
        if name in CREDENTIALS:
            raise Refusal("signature")
        raise Refusal("headers", f"{name} is not of its form, or stands there twice.")
    return values[0]


def signed_text(said: Said, path: str) -> bytes:
    """The text that is signed: six lines, the last without an end; what is optional and not sent is an empty line."""
    lines = [said.timestamp, "POST", path, said.file_name, said.rows, said.sha256]
    return "\n".join(lines).encode("utf-8", "replace")


def sign(secret: str, text: bytes, digest: str) -> str:
    return hmac.digest(secret.encode("ascii"), text, digest).hex()


def known_sender(keys: Keys, said: Said, feed: str, digest: str, window: int) -> PushKey:
    """The key under which a request was signed.

    Raises Refusal: `signature` alike for an unknown key and a wrong signature, `timestamp` outside the window, `feed`
    for another key's feed; ContractError when the keys cannot be read.
    """
    key = keys.find(said.key_id)
    wanted = sign(key.secret if key else NOBODY, signed_text(said, f"/v1/feeds/{feed}"), digest)
    if not hmac.compare_digest(wanted, said.signature) or key is None:
        raise Refusal("signature")
    if abs(time.time() - int(said.timestamp)) > window:
        raise Refusal("timestamp")
    if key.feed != feed:
        raise Refusal("feed")
    return key
