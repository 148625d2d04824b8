"""Pull several feeds, one after the other; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.collectors.patience import Patience
from ingestion.collectors.pull import Pulled, collect_feed
from ingestion.contract import load_contracts
from ingestion.errors import CitypulseError, ContractError, NothingToDo
from ingestion.settings import Settings


@dataclass
class Collected:
    """What one run did."""

    pulled: list[Pulled] = field(default_factory=list)
    nothing_new: list[str] = field(default_factory=list)
    failures: list[CitypulseError] = field(default_factory=list)


def pulled_feeds(settings: Settings) -> list[str]:
    """The feeds whose contract says how to pull them over HTTP."""
    return [feed for feed, contract in load_contracts(settings).items() if contract.collect]


def collect_all(
    settings: Settings,
    feeds: Iterable[str] = (),
    since: datetime | None = None,
    patience: Patience | None = None,
    until: datetime | None = None,
) -> Collected:
    """Pull the named feeds, or all whose contract says how to; a window of time, or what came since the last pull.

    Raises NothingToDo when none has anything new, ContractError for one that cannot be pulled.
    """
    able = pulled_feeds(settings)
    names = list(dict.fromkeys(feeds)) or able
    if strange := [name for name in names if name not in able]:
        raise ContractError(f"{strange[0]!r} is not pulled over HTTP.", next_step=f"choose one of {', '.join(able)}.")
    done = Collected()
    for name in names:
        try:
            done.pulled.append(collect_feed(settings, name, since, patience, until))
        except NothingToDo:
            done.nothing_new.append(name)
        except CitypulseError as error:
            done.failures.append(error)
    if not done.pulled and not done.failures:
        raise NothingToDo("There is nothing new in any feed that is pulled over HTTP.")
    return done
