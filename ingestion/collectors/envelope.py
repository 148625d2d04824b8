"""Open the envelope of an answer: did it succeed, which records, how many in all; each level is checked by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.contract import Envelope
from ingestion.errors import SourceRefused

KINDS = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}


@dataclass(frozen=True)
class Page:
    """One page of an API: its records as parsed, and the total of all pages if the API gives one."""

    records: list[Any]
    total: int | None


def open_envelope(feed: str, number: int, envelope: Envelope, answer: Any) -> Page:
    """Raises SourceRefused (`code`, `envelope`) naming feed, page and path, never what stands there."""
    return Opener(feed, number, envelope).open(answer)


class Opener:
    """Opens one answer; holds what its messages must name."""

    def __init__(self, feed: str, number: int, envelope: Envelope) -> None:
        self.place = f"{feed}, page {number}"
        self.envelope = envelope

    def open(self, answer: Any) -> Page:
        code = self._at(answer, self.envelope.code)
        if isinstance(code, bool) or str(code) != self.envelope.success:
            raise SourceRefused(
                "code",
                f"{self.place}: `{self.envelope.code}` does not say success.",
                next_step="ask the source's office; if this is its success code, correct `envelope.success`.",
            )
        total = None if self.envelope.total is None else self._total(self._at(answer, self.envelope.total))
        records = self._at(answer, self.envelope.records)
        if records is None and total == 0:
            return Page([], total)  # some APIs give no list at all when there is nothing
        if not isinstance(records, list):
            raise self._refused(self.envelope.records, f"is {_kind(records)}, not a list")
        return Page(records, total)

    def _at(self, answer: Any, path: str) -> Any:
        """What stands at a dotted path."""
        here, walked = answer, "the answer"
        for name in path.split("."):
            if not isinstance(here, dict):
                raise self._refused(path, f"cannot be reached, for {walked} is {_kind(here)}, not an object")
            if name not in here:
                raise self._refused(path, f"cannot be reached, for {walked} has no `{name}`")
            here, walked = here[name], name if walked == "the answer" else f"{walked}.{name}"
        return here

    def _total(self, found: Any) -> int:
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            return found
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 16:
            return int(found)
        raise self._refused(str(self.envelope.total), "is not a count")

    def _refused(self, path: str, what: str) -> SourceRefused:
        return SourceRefused(
            "envelope",
            f"{self.place}: `{path}` {what}.",
            next_step="compare `collect.envelope` in the contract with the source's interface document.",
        )


def _kind(found: Any) -> str:
    return KINDS.get(type(found), "a number")
