"""Every way in which the receiver says no: one table, from which it answers and from which its OpenAPI is written."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """Status, what is wrong and what the sender does about it; no rule ever shows a value of a delivery."""

    status: int
    message: str
    next_step: str


RULES = {
    "headers": Rule(400, "A header is missing or not of its form.", "send it as /openapi.json describes it."),
    "file_name": Rule(400, "The file name is none that the feed's contract knows.", "send the name as agreed."),
    "empty": Rule(400, "There is nothing in the body.", "send the bytes of one delivery."),
    "length": Rule(400, "The body is not as long as Content-Length says.", "send it again, whole."),
    "sha256": Rule(400, "The body is not what was signed.", "sign the very bytes that are sent, and send them again."),
    "rows": Rule(400, "The body has not as many lines as X-Citypulse-Rows says.", "count again, and send it again."),
    "line": Rule(400, "A line is longer than any message may be.", "send one message a line."),
    "signature": Rule(401, "The key or the signature is not right.", "check key, secret and the text that is signed."),
    "timestamp": Rule(401, "The request is too old, or from the future.", "set the sender's clock, and sign anew."),
    "feed": Rule(403, "This key is not for this feed.", "use the key that was made for it."),
    "path": Rule(404, "There is nothing here.", "post to /v1/feeds/{feed}."),
    "method": Rule(405, "This cannot be done here.", "use the method that the header Allow names."),
    "slow": Rule(408, "The body did not come in time.", "send it again over a better line, or in smaller deliveries."),
    "under_way": Rule(409, "The same delivery is being received at this moment.", "wait, then send it again."),
    "length_required": Rule(411, "There is no Content-Length, or the body is chunked.", "say first how long it is."),
    "too_large": Rule(413, "The delivery is larger than is taken here.", "split it, or ask for a higher limit."),
    "encoding": Rule(415, "The body is packed.", "send it as it is, without Content-Encoding."),
    "rate": Rule(429, "Too many deliveries in a minute under this key.", "wait as Retry-After says."),
    "at_once": Rule(429, "Too many deliveries at once under this key.", "send one after the other."),
    "fault": Rule(500, "This is a fault of the receiver.", "send it again; report it with the request id."),
    "busy": Rule(503, "Too many deliveries at once.", "wait as Retry-After says, then send it again."),
    "settings": Rule(503, "The receiver cannot read its keys or contracts.", "tell those who run it; send it again."),
    "disk": Rule(503, "The receiver cannot write to its disk.", "tell those who run it; then send it again."),
    "disk_full": Rule(507, "There is no room for the delivery.", "tell those who run it; then send it again."),
}


class Refusal(Exception):
    """A request that is not taken. `detail` says more than the rule does; `wait` becomes Retry-After, in seconds."""

    def __init__(self, name: str, detail: str = "", *, wait: int | None = None, allow: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.rule = RULES[name]
        self.message = detail or self.rule.message
        self.wait = wait
        self.allow = allow
