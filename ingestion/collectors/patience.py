"""How long to go on asking a source system: backoff with jitter, its own Retry-After, and an end to all of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """`timeout` for a sign of life and `total` for all of a feed's pages, in seconds; `attempts` for each page.

    `largest_answer` and `largest_pull` are bytes after unpacking; a pull reads its pages at least twice.
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    timeout: float = 30.0
    total: float = 1800.0
    largest_answer: int = 64 << 20
    largest_pull: int = 2 << 30
    most_rows: int = 4_000_000
    passes: int = 5
    sleep: Callable[[float], None] = time.sleep


class Passing(Exception):
    """A failure that may pass. `not_before` is how many seconds the source asks to wait."""

    def __init__(self, rule: str, not_before: float = 0.0) -> None:
        super().__init__(rule)
        self.rule = rule
        self.not_before = not_before


class Retries:
    """Asks again after what passes, until `Patience` ends; then the last `Passing` is raised."""

    def __init__(self, feed: str, patience: Patience) -> None:
        self.feed = feed
        self.patience = patience
        self._ends = time.monotonic() + patience.total
        self._backoff = wait_exponential_jitter(patience.first_wait, patience.longest_wait, jitter=patience.first_wait)

    @property
    def remaining(self) -> float:
        """Seconds left for the feed."""
        return self._ends - time.monotonic()

    def call(self, ask: Callable[[], Result]) -> Result:
        """What `ask` gives in the end."""
        retrying = Retrying(
            retry=retry_if_exception_type(Passing),
            wait=self._wait,
            stop=self._is_over,
            sleep=self.patience.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        return retrying(ask)

    def _wait(self, state: RetryCallState) -> float:
        return max(self._backoff(state), _failure(state).not_before)

    def _is_over(self, state: RetryCallState) -> bool:
        """A wait that the source asks for but that would outlast our time is not begun."""
        return state.attempt_number >= self.patience.attempts or state.upcoming_sleep >= self.remaining

    def _tell(self, state: RetryCallState) -> None:
        log.info("feed=%s retry=%d rule=%s", self.feed, state.attempt_number, _failure(state).rule)


def _failure(state: RetryCallState) -> Passing:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Passing) else Passing("unknown")


def retry_after(header: str | None) -> float:
    """Seconds that a Retry-After header asks for, given in seconds or as a date; 0 where it says nothing usable."""
    value = (header or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
