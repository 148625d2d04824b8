"""Under which name a pushed delivery lies in the inbox: the sender's, if the contract knows it, and its digest.

A name from a header is data. The digest in it keeps two deliveries apart that wait under one name, and makes the same
bytes the same file, so that sealing may be repeated after a kill.
"""

from __future__ import annotations

import fnmatch
import os
from datetime import datetime
from urllib.parse import unquote_to_bytes

from ingestion.collectors.webhook.refusal import Refusal
from ingestion.contract import Contract
from ingestion.inbox import COMPANIONS
from ingestion.sighting import printable

LONGEST = 200  # bytes; the digest, `.manifest.json` and `.tmp` follow, and 255 is the most a file system takes
DIGITS = 12


def file_name(contract: Contract, sent: str, moment: datetime) -> str:
    """The percent-decoded name of a header, or one that fits where none was sent.

    Raises Refusal (`file_name`) for a path, a name that does not fit, or a pattern with no room for a digest.
    """
    made = contract.arrives.pattern.replace("*", f"push_{moment:%Y%m%dT%H%M%S}")
    name = _decoded(sent) if sent else made
    if "/" in name or "\\" in name or name.startswith(".") or printable(name) != name or name != name.strip():
        raise _refused("is no plain name of a file")
    if len(name.encode("utf-8")) > LONGEST:
        raise _refused(f"is longer than {LONGEST} bytes")
    if name.lower().endswith(COMPANIONS) or not _fits(contract, name):
        raise _refused(f"does not fit {contract.arrives.pattern}")
    if not _fits(contract, with_digest(name, "0" * DIGITS)):
        raise _refused(f"leaves no room for a digest in {contract.arrives.pattern}")
    return name


def with_digest(name: str, sha256: str) -> str:
    """The name in the inbox."""
    stem, ending = os.path.splitext(name)
    return f"{stem}_{sha256[:DIGITS]}{ending}"


def _decoded(sent: str) -> str:
    try:
        return unquote_to_bytes(sent).decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("is no percent-encoded UTF-8") from None


def _fits(contract: Contract, name: str) -> bool:
    return fnmatch.fnmatch(name.lower(), contract.arrives.pattern)


def _refused(what: str) -> Refusal:
    return Refusal("file_name", f"The file name {what}.")
