"""Read pages that drift: a row that comes or goes while we read shifts the others, so read until two passes agree.

A pass with a repeated key looks like drift, and a repeat can hide a missing row: then three passes must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ingestion.errors import SourceRefused

MOST_PAGES = 100_000


class Record(NamedTuple):
    """One record: the values of its key, and itself as the line that goes into the segment."""

    key: str
    line: str


class Records(NamedTuple):
    """The records of one page, and the total of all pages if the API gives one."""

    found: list[Record]
    total: int | None


PageSource = Callable[[int], Records]


@dataclass
class Pass:
    """One reading of all pages."""

    records: list[Record] = field(default_factory=list)
    totals: set[int | None] = field(default_factory=set)
    total: int | None = None
    pages: int = 0
    pages_alike: int = 0
    _page: list[Record] = field(default_factory=list)

    def add(self, page: Records) -> None:
        self.pages += 1
        self.pages_alike = self.pages_alike + 1 if page.found == self._page else 1
        self._page = page.found
        self.records += page.found
        self.total = page.total
        self.totals.add(page.total)

    def is_over(self, size: int) -> bool:
        """Nothing follows a short page, unless the total says so: servers cap pages without telling.

        After a full page one more is asked for, whatever the total says: servers cap totals too.
        """
        return not self._page or (len(self._page) < size and self.has_all)

    @property
    def has_all(self) -> bool:
        return self.total is None or len(self.records) >= self.total

    def is_past_the_end(self, page: Records) -> bool:
        """Some servers give their last page again to who asks for more."""
        again = self.pages > 0 and self.has_all and page.found == self._page
        return again and (self.total is not None or (self.pages > self.pages_alike and len(set(self._page)) > 1))

    @property
    def stands_still(self) -> bool:
        """Every page is the same: the source does not know our page parameter."""
        return self.pages == self.pages_alike >= 2 and len(set(self._page)) > 1

    @cached_property
    def keys(self) -> Counter[str]:
        return Counter(record.key for record in self.records)

    @property
    def is_steady(self) -> bool:
        """The total never moved, and as many rows came as it says."""
        return len(self.totals) == 1 and self.total in (None, len(self.records))

    @property
    def repeats(self) -> int:
        return len(self.records) - len(self.keys)


@dataclass(frozen=True)
class Reading:
    """All pages of a feed, and how sure we are of them."""

    records: list[Record]
    passes: int
    is_settled: bool
    is_whole: bool


def read_until_settled(feed: str, page_of: PageSource, first: int, size: int, most: int) -> Reading:
    """Read until passes agree; after `most` of them give all that any pass showed."""
    passes: list[Pass] = []
    everything: dict[Record, None] = {}
    for number in range(1, most + 1):
        passes = [*passes[-2:], read_once(feed, page_of, first, size)]
        last = passes[-1]
        if _agree(passes):
            return Reading(_distinct(last.records), number, is_settled=True, is_whole=True)
        everything.update(dict.fromkeys(last.records))
    whole = last.total is None or len({record.key for record in everything}) >= last.total
    return Reading(list(everything), most, is_settled=False, is_whole=whole)


def _agree(passes: list[Pass]) -> bool:
    last = passes[-1]
    needed = passes[-(3 if last.repeats else 2) :]
    same = all(one.is_steady and one.total == last.total and one.keys == last.keys for one in needed)
    return len(needed) == (3 if last.repeats else 2) and same


def _distinct(records: Iterable[Record]) -> list[Record]:
    return list(dict.fromkeys(records))


def read_once(feed: str, page_of: PageSource, first: int, size: int) -> Pass:
    """All pages, once. Raises SourceRefused (`same_page`, `endless`) when that leads nowhere."""
    reading = Pass()
    for number in range(first, first + MOST_PAGES):
        page = page_of(number)
        is_over = reading.is_past_the_end(page)
        if not is_over:
            reading.add(page)
            is_over = reading.is_over(size)
        if reading.pages_alike >= 3 or (is_over and reading.stands_still):
            raise SourceRefused(
                "same_page",
                f"{feed}, page {number}: the source gives the same page again and again.",
                next_step="check the name of the page parameter, `collect.page`, in the contract.",
            )
        if is_over:
            return reading
    raise SourceRefused(
        "endless",
        f"{feed}: there is no end after {MOST_PAGES} pages.",
        next_step="enlarge `collect.page_size` in the contract, or ask the source's office.",
    )
