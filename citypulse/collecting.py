"""When and how Airflow pulls one feed over HTTP."""

from __future__ import annotations

import re

from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, NothingToDo
from ingestion.settings import Settings, http_source, http_variable

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_OF_WEEK = "|".join(WEEKDAYS)
FORMS = {  # of `schedule` in a contract: pattern, cron
    r"continuous": "*/15 * * * *",
    r"hourly": "5 * * * *",
    r"daily (?P<hour>\d\d):(?P<minute>\d\d)": "{minute} {hour} * * *",
    rf"weekly (?P<weekday>{DAY_OF_WEEK}) (?P<hour>\d\d):(?P<minute>\d\d)": "{minute} {hour} * * {weekday}",
    r"monthly (?P<day>\d\d?) (?P<hour>\d\d):(?P<minute>\d\d)": "{minute} {hour} {day} * *",
}


def cron(contract: Contract) -> str:
    """The contract's schedule as cron, in local time. Raises ContractError for one that is none of the known forms."""
    for pattern, line in FORMS.items():
        if found := re.fullmatch(pattern, contract.arrives.schedule):
            parts = {
                name: part[:3].lower() if name == "weekday" else int(part) for name, part in found.groupdict().items()
            }
            return line.format(**parts)
    raise ContractError(
        f"{contract.feed}: its `schedule` is no time that a pull can be set to.",
        next_step="write hourly, daily HH:MM, weekly Monday HH:MM or monthly D HH:MM.",
    )


def pull(settings: Settings, feed: str) -> int:
    """Pull one feed and return its rows. Raises NothingToDo when its API is not set or has nothing new.

    Raises SourceUnavailable for what may pass by itself, other errors of ours for what does not.
    """
    contract = load_contracts(settings)[feed]
    if not http_source(contract.source_system).url:
        name = http_variable(contract.source_system, "URL")
        raise NothingToDo(f"{feed} is not pulled: {name} is not set.", next_step="set it to the address of the API.")
    from ingestion.collectors.pull import collect_feed

    return collect_feed(settings, feed).rows
