"""Drain several feeds at once, a process each: parsing and checking are worth a core, and feeds share nothing."""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing.queues import SimpleQueue

from ingestion.contract import load_contracts
from ingestion.errors import ContractError, NothingToDo
from ingestion.inbox import pending, wait_until_settled
from ingestion.land import LandReport, Progress, land_feed
from ingestion.receipts import Receipt
from ingestion.settings import Settings

FEEDS_AT_ONCE = 2
PR_SET_PDEATHSIG = 1

_told: SimpleQueue[Receipt | None]


def land_all(
    settings: Settings, feeds: Iterable[str] = (), progress: Progress = lambda receipt: None
) -> list[LandReport]:
    """Drain several feeds, or all, once fresh files have settled; `progress` hears of each delivery as it lands.

    Raises NothingToDo when none had anything, ContractError for an unknown feed, WarehouseBusy when another run lands
    one of them.
    """
    contracts = load_contracts(settings)
    names = list(feeds) or list(contracts)
    if unknown := [name for name in names if name not in contracts]:
        raise ContractError(f"No feed named {unknown[0]!r}.", next_step=f"choose one of {', '.join(contracts)}.")
    wait_until_settled(settings)
    waiting = [name for name in names if pending(settings, contracts[name])]
    if not waiting:
        raise NothingToDo("No sealed delivery is waiting in any feed.")
    if len(waiting) == 1:
        return [land_feed(settings, waiting[0], progress)]
    return _in_processes(settings, waiting, progress)


def _in_processes(settings: Settings, feeds: list[str], progress: Progress) -> list[LandReport]:
    context = multiprocessing.get_context("spawn")
    told: SimpleQueue[Receipt | None] = context.SimpleQueue()
    with ProcessPoolExecutor(FEEDS_AT_ONCE, context, _begin, (told,)) as pool:
        futures = [pool.submit(_land, settings, feed) for feed in feeds]
        for future in futures:
            future.add_done_callback(lambda done: told.put(None))
        unfinished = len(futures)
        while unfinished:
            receipt = told.get()
            if receipt is None:
                unfinished -= 1
            else:
                progress(receipt)
    return _results(futures)


def _results(futures: list[Future[LandReport | None]]) -> list[LandReport]:
    """What landed; the first failure is raised only after every feed had its turn."""
    failures = [failure for future in futures if (failure := future.exception())]
    if failures:
        raise failures[0]
    return [report for future in futures if (report := future.result())]


def _begin(told: SimpleQueue[Receipt | None]) -> None:
    """In the child: know where to tell, and die with the parent, so that a killed run leaves no one at work."""
    global _told
    _told = told
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _land(settings: Settings, feed: str) -> LandReport | None:
    try:
        alone = replace(settings, threads=1)  # the other feeds have the other cores
        return land_feed(alone, feed, lambda receipt: _told.put(receipt))
    except NothingToDo:
        return None
