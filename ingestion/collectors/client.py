"""Ask an API for one page: again after what passes, not after a plain no, and never for more than is agreed."""

from __future__ import annotations

import codecs
import json
import logging
import ssl
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Any

import httpx

from ingestion.collectors.allowance import Allowance
from ingestion.collectors.body import ACCEPTED, read_body
from ingestion.collectors.deadline import Deadline
from ingestion.collectors.patience import Passing, Patience, Retries, retry_after
from ingestion.contract import Collect
from ingestion.errors import SourceRefused, SourceUnavailable
from ingestion.settings import HttpSource

LATER = "try again later; if it stays, ask the source's office and check the address in the settings."
SAYS = {
    "timeout": "did not answer in time",
    "connection": "cannot be reached",
    "busy": "says that it is busy or out of order (HTTP 429 or 5xx)",
    "truncated": "breaks off in the middle of its answer",
    "json": "does not answer with JSON",
}
SHORTEST = 0.001  # no socket takes a timeout of nothing or less
WIDER = {"gbk": "gb18030", "gb2312": "gb18030"}
FOR_HOST_NAMES = ("idna", "punycode")  # codecs of Python whose time grows with the square of the text


class Client:
    """Asks one path of one source system."""

    def __init__(self, feed: str, collect: Collect, source: HttpSource, patience: Patience) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses
        self.feed = feed
        self.collect = collect
        self.retries = Retries(feed, patience)
        self.allowance = Allowance(feed, patience)
        self._deadline = Deadline(self.retries.remaining)
        self._address = source.url + collect.path
        self._http = httpx.Client(
            headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED},
            auth=(lambda request: _signed(request, source.token)) if source.token else None,
            follow_redirects=False,  # they would carry the token elsewhere
            trust_env=False,  # no proxy and no .netrc behind our back: settings.py is the only door to the environment
            verify=ssl.create_default_context(),  # the machine's own authorities, where an office installs its own
        )

    def __enter__(self) -> Client:
        self._deadline.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._deadline.stop()
        self._http.close()

    def ask(self, page: int, window: dict[str, str]) -> Any:
        """The answer for one page, parsed. Raises SourceRefused or SourceUnavailable naming feed, page and rule."""
        parameters = {self.collect.page: page, self.collect.size: self.collect.page_size, **window}
        try:
            return self.retries.call(lambda: self._once(page, parameters))
        except Passing as last:
            kind = SourceRefused if last.rule in ("json", "truncated") else SourceUnavailable
            raise kind(last.rule, f"{self._place(page)}: the source {SAYS[last.rule]}.", next_step=LATER) from None

    def _once(self, page: int, parameters: dict[str, Any]) -> Any:
        self._check_time(page)
        try:
            body, charset = self._fetch(page, parameters)
        except (httpx.TransportError, Passing) as error:
            self._check_time(page)  # it may be our own cut that broke it
            raise _passing(error) from None
        self._check_time(page)  # where an answer tells no length, a cut looks like its end
        self.allowance.take_bytes(len(body))
        return parse(body, charset)

    def _fetch(self, page: int, parameters: dict[str, Any]) -> tuple[bytes, str | None]:
        sent: dict[str, Any] = {
            "json" if self.collect.method == "post" else "params": parameters,
            "timeout": max(SHORTEST, min(self.retries.patience.timeout, self.retries.remaining)),
            "extensions": {"trace": self._deadline.watch},
        }
        with self._http.stream(self.collect.method.upper(), self._address, **sent) as answer:
            self._check_status(page, answer)
            return read_body(self._place(page), answer, self.retries.patience.largest_answer), answer.charset_encoding

    def _check_status(self, page: int, answer: httpx.Response) -> None:
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Passing("busy", retry_after(answer.headers.get("Retry-After")))
        if answer.status_code != 200:
            raise SourceRefused(
                "http_status",
                f"{self._place(page)}: the source answers with HTTP {answer.status_code}.",
                next_step="check the address and the token in the settings, and `collect` in the contract.",
            )

    def _check_time(self, page: int) -> None:
        if self._deadline.has_passed or self.retries.remaining <= 0:
            raise SourceUnavailable(
                "total_time",
                f"{self._place(page)}: not all pages came within {self.retries.patience.total:g} seconds.",
                next_step="run it again; if it stays, enlarge `page_size` in the contract or ask the source's office.",
            )

    def _place(self, page: int) -> str:
        return f"{self.feed}, page {page}"


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _passing(error: httpx.TransportError | Passing) -> Passing:
    if isinstance(error, Passing):
        return error
    if isinstance(error, httpx.TimeoutException):
        return Passing("timeout")
    return Passing("truncated" if isinstance(error, httpx.RemoteProtocolError) else "connection")


def parse(body: bytes, charset: str | None) -> Any:
    """The JSON of an answer. Raises Passing (`json`): a cut or a gateway's page in its place may be gone next time."""
    try:
        name = codecs.lookup(charset or "utf-8").name
        if name in FOR_HOST_NAMES:
            raise Passing("json")
        return json.loads(body.decode("utf-8-sig" if name == "utf-8" else WIDER.get(name, name)), parse_float=_faithful)
    except (ValueError, LookupError, RecursionError):
        raise Passing("json") from None


def _faithful(literal: str) -> float | str:
    """A number that a float cannot hold to the digit stays as it was written, as a text; landing reads both alike."""
    number = float(literal)
    with suppress(InvalidOperation):  # an exponent that not even a Decimal holds
        if Decimal(repr(number)) == Decimal(literal):
            return number
    return literal
