"""Which feed a topic belongs to: the filters of the contracts, and a memory of the topics met."""

from __future__ import annotations

import re

from ingestion.contract import Contract
from ingestion.errors import ContractError

MOST_REMEMBERED = 200_000  # topics; a sender that invents ever new ones must not fill the memory


class Routes:
    """The feeds that are collected over MQTT, by topic."""

    def __init__(self, contracts: list[Contract]) -> None:
        self.filters = {contract.feed: contract.messages.topic for contract in contracts if contract.messages}
        self._refuse_overlap()
        self._patterns = [(feed, _pattern(topic)) for feed, topic in self.filters.items()]
        self._known: dict[str, str | None] = {}

    def feed_of(self, topic: str) -> str | None:
        """The feed of a topic; None for one that an earlier contract had subscribed and no one wants now."""
        try:
            return self._known[topic]
        except KeyError:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = next((feed for feed, pattern in self._patterns if pattern.fullmatch(topic)), None)
            return self._known.setdefault(topic, found)

    def _refuse_overlap(self) -> None:
        """A broker may send what matches two filters once or twice; so no message may be of two feeds."""
        listed = list(self.filters.items())
        for place, (feed, topic) in enumerate(listed):
            for other, its_topic in listed[place + 1 :]:
                if overlap(topic.split("/"), its_topic.split("/")):
                    raise ContractError(
                        f"{feed} and {other}: their topics overlap.", next_step="narrow `messages.topic` of one."
                    )


def overlap(one: list[str], other: list[str]) -> bool:
    """Whether some topic matches both filters, given by level."""
    if "#" in (*one[:1], *other[:1]):
        return True
    if not one or not other:
        return (one or other or ["#"])[0] == "#"
    return (one[0] == other[0] or "+" in (one[0], other[0])) and overlap(one[1:], other[1:])


def _pattern(topic: str) -> re.Pattern[str]:
    """Of a filter; `a/#` matches `a` itself too, and no wildcard at the front matches the broker's own $ topics."""
    body = re.escape(topic).replace(r"\+", "[^/]*")
    body = re.sub(r"/\\#$", "(/.*)?", body)
    return re.compile(rf"(?!\$){body}", re.DOTALL)
