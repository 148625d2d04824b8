"""Who read or exported rows of single cases, when and why: an append-only chain of JSON lines; never a value of a row.

Each line holds the digest of the one before it and a keyed code of itself, so that nobody without the token key can
change, drop or reorder lines. The head, kept beside the log, in every release's manifest and in the backup, tells when
its end was cut. Lies in `<home>/audit`, which no house-keeping clears (GB/T 22239 wants six months).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.errors import ContractError, IntegrityError
from ingestion.privacy import audit_key
from ingestion.settings import Settings, acting_user, local_now
from ingestion.sighting import printable

BEGIN = "0" * 64
PATIENCE_SECONDS = 10.0
REASON = (4, 300)  # characters; four of them are a whole sentence in Chinese
STEP = "keep both files as they are, compare with the backup's, and tell the data-security officer."


@dataclass(frozen=True)
class Access:
    """One look at rows of single cases: what was asked for, how many rows, why, and whether they were given."""

    command: str
    subject: str
    filter: str
    rows: int
    reason: str
    approval: str = ""
    output: str = "screen"
    outcome: str = "given"
    run_id: str = ""


@dataclass(frozen=True)
class Verdict:
    """A sound log: how many lines it has and the digest of the last."""

    lines: int
    head: str


def proper_reason(reason: str) -> str:
    """The reason as it is logged. Raises ContractError when it says too little, too much, or a person's number."""
    words = " ".join(reason.split())
    if not REASON[0] <= len(words) <= REASON[1]:
        raise ContractError(
            f"A reason has {REASON[0]} to {REASON[1]} characters.", next_step="say what the rows are needed for."
        )
    if printable(words) != words:
        raise ContractError(
            "A reason holds no number or address of a person.", next_step="name the matter by its file number."
        )
    return words


def record(settings: Settings, access: Access) -> int:
    """Write a look down, durably, before any row is given. Returns its line number.

    Raises IntegrityError when the log's end is not what its head says, WarehouseBusy when others keep it busy.
    """
    with durable.exclusive(settings.locks / "audit.lock", "The audit log", PATIENCE_SECONDS):
        path = _log(settings)
        durable.make_folder(path.parent, durable.INTERNAL)
        seq, previous = _end(settings)
        entry = {"seq": seq + 1, "at": local_now().isoformat(sep=" "), "who": acting_user(), **asdict(access)}
        entry |= {"previous": previous}
        line = _bytes(entry | {"code": _code(settings, entry)})
        _append(path, line)
        _write_head(settings, seq + 1, _digest(line))
    return seq + 1


def entries(settings: Settings, limit: int | None = None) -> list[dict[str, Any]]:
    """The last lines, newest first; what cannot be read is left to `verify`."""
    found = []
    for line in reversed(_lines(settings)):
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found[:limit]


def verify(settings: Settings, anchors: dict[str, dict[str, int | str]] | None = None) -> Verdict:
    """Check every line, the head, and the anchors that releases hold, by their names.

    Raises IntegrityError naming the first line that is not what was written.
    """
    previous, digests = BEGIN, []
    for number, line in enumerate(_lines(settings), start=1):
        if not _is_sound(settings, line, number, previous):
            raise _broken(number, "is not what was written, or not in its place")
        previous = _digest(line)
        digests.append(previous)
    head = _read_head(settings)
    if head is None and digests:
        raise IntegrityError("The head of the audit log is missing or damaged.", next_step=STEP)
    places = {"its head": asdict(head) if head else {}, **(anchors or {})}
    for place, anchor in places.items():
        _hold_against(digests, anchor, place)
    if head and len(digests) > head.lines + 1:  # one more: a kill between the two writes
        raise _broken(head.lines + 2, "was not written by citypulse: its head does not know it")
    return Verdict(len(digests), previous)


def anchor(settings: Settings) -> dict[str, int | str]:
    """What a release keeps of the log; empty while nobody has looked at anything."""
    head = _read_head(settings)
    return {"lines": head.lines, "head": head.head} if head else {}


def _hold_against(digests: list[str], anchor: dict[str, int | str], place: str) -> None:
    lines = int(anchor.get("lines", 0))
    if lines > len(digests):
        raise _broken(len(digests) + 1, f"is missing: {place} says that there were {lines}")
    if lines and digests[lines - 1] != anchor["head"]:
        raise _broken(lines, f"is another one than {place} says")


def _is_sound(settings: Settings, line: bytes, number: int, previous: str) -> bool:
    try:
        entry = dict(json.loads(line))
        code = str(entry.pop("code"))
        chained = entry["seq"] == number and entry["previous"] == previous
        is_ours = line == _bytes(entry | {"code": code})  # no second way to write the same
        return chained and is_ours and hmac.compare_digest(code, _code(settings, entry))
    except (ValueError, TypeError, KeyError, ContractError):
        return False


def _end(settings: Settings) -> tuple[int, str]:
    """Number and digest of the last line, which must be the one that the head knows, or one later."""
    lines, head = _lines(settings), _read_head(settings)
    known = head.lines if head else 0
    if not known <= len(lines) <= known + 1 or (known and (not head or _digest(lines[known - 1]) != head.head)):
        raise IntegrityError(
            "The end of the audit log is not what its head says; no rows are given.",
            next_step="run `citypulse audit --verify`.",
        )
    if len(lines) > known and not _is_sound(settings, lines[-1], len(lines), head.head if head else BEGIN):
        raise _broken(len(lines), "is not what was written")
    return len(lines), _digest(lines[-1]) if lines else BEGIN


def _lines(settings: Settings) -> list[bytes]:
    """The whole lines; a piece after the last of them was torn off by a power cut, before any row was given."""
    path = _log(settings)
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        whole = path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(descriptor, whole)
        os.write(descriptor, line)
        durable.fsync_open(descriptor, "audit.line")
    finally:
        os.close(descriptor)
    durable.fsync_file(path.parent, "audit.log")


def _write_head(settings: Settings, lines: int, head: str) -> None:
    content: dict[str, Any] = {"lines": lines, "head": head}
    content["code"] = _code(settings, content)
    durable.write_file(_head(settings), _bytes(content), "audit.head", 0o640)


def _read_head(settings: Settings) -> Verdict | None:
    """None where there is none, or none of ours."""
    try:
        stored = dict(json.loads(_head(settings).read_bytes()))
        code = str(stored.pop("code"))
        if not hmac.compare_digest(code, _code(settings, stored)):
            return None
        return Verdict(int(stored["lines"]), str(stored["head"]))
    except (FileNotFoundError, ValueError, TypeError, KeyError, ContractError):
        return None


def _code(settings: Settings, content: dict[str, Any]) -> str:
    return audit_key(settings).code(_bytes(content))


def _bytes(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=True) + "\n").encode("ascii")


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _broken(number: int, how: str) -> IntegrityError:
    return IntegrityError(f"Audit log, line {number}: {how}.", next_step=STEP)


def _log(settings: Settings) -> Path:
    return settings.audit / "access.jsonl"


def _head(settings: Settings) -> Path:
    return settings.audit / "head.json"
