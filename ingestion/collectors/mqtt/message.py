"""A message becomes one line: the payload's members as they came, and beside them what only the collector knows.

A payload that cannot be a row still becomes a line. It carries its flaw by name, and landing sets it aside under it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple

from ingestion.contract import FLAW, OWN_MEMBER, Messages
from ingestion.settings import LOCAL_TIME

RECEIVED_AT = f"{OWN_MEMBER}received_at"
HEAD = 1024  # bytes kept of an oversized payload


class Arrived(NamedTuple):
    """A message as the broker handed it over; one that came another way has no topic."""

    topic: str
    payload: bytes
    retained: bool = False
    dup: bool = False


class Line(NamedTuple):
    """One line of a segment, its line end included, and what is wrong with its payload, if anything."""

    data: bytes
    flaw: str | None


class _Doubled(ValueError):
    """A payload that says one thing twice: which of the two is meant, nobody knows."""


def as_line(message: Arrived, messages: Messages, moment: float) -> Line:
    """The line of a message received at `moment` (seconds of the epoch)."""
    own = _own_members(message, messages, moment)
    flaw = flaw_of(message.payload, messages.largest_payload)
    if flaw:
        return Line(_as_json(own | _kept(message.payload, flaw)) + b"\n", flaw)
    # Between the members of JSON a line end is a blank, and inside a text it cannot stand.
    members = message.payload.replace(b"\n", b" ").replace(b"\r", b" ").strip()[1:].lstrip()
    return Line(_as_json(own)[:-1] + (b"" if members == b"}" else b",") + members + b"\n", None)


def flaw_of(payload: bytes, largest: int) -> str | None:
    """Why a payload can be no row: one of `contract.FLAWS`, or None. NaN and Infinity are no JSON by its standard."""
    if len(payload) > largest:
        return "oversized"
    try:
        found = STRICT.decode(payload.decode("utf-8"))
    except _Doubled:
        return "doubled_member"
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(found, dict):
        return "not_json"
    return "reserved_member" if any(name.startswith(OWN_MEMBER) for name in found) else None


def _own_members(message: Arrived, messages: Messages, moment: float) -> dict[str, Any]:
    received_at = datetime.fromtimestamp(moment, LOCAL_TIME).replace(tzinfo=None)
    own: dict[str, Any] = {
        RECEIVED_AT: received_at.isoformat(sep=" ", timespec="milliseconds"),
        f"{OWN_MEMBER}retained": message.retained,
        f"{OWN_MEMBER}dup": message.dup,
        f"{OWN_MEMBER}topic": message.topic,
    }
    if messages.point_level and message.topic:
        own[f"{OWN_MEMBER}point"] = message.topic.split("/")[messages.point_level - 1]
    return own


def _kept(payload: bytes, flaw: str) -> dict[str, Any]:
    """The bytes as they came, for the vault; of an oversized payload its head, and what proves the rest."""
    kept = {FLAW: flaw, f"{OWN_MEMBER}size": len(payload)}
    if flaw == "oversized":
        kept[f"{OWN_MEMBER}sha256"] = hashlib.sha256(payload).hexdigest()
        payload = payload[:HEAD]
    return kept | {f"{OWN_MEMBER}payload": base64.b64encode(payload).decode("ascii")}


def _as_json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubled
    return found


def _no_number(word: str) -> None:
    raise ValueError("not a number")


STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
