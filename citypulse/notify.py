"""Send a notice to the webhook of this installation: 企业微信, 钉钉 or plain JSON; off where no address is set.

What notifies must never fail because of it: `notify` returns whether the notice arrived, logs why not, and raises
nothing. Neither the address nor the secret is ever logged: who knows a robot's address can post in its name.
Formats: developer.work.weixin.qq.com/document/path/91770, open.dingtalk.com/document/robots/custom-robot-access.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from citypulse.notices import Notice, notice_of
from ingestion.errors import CitypulseError, NothingToDo
from ingestion.settings import Webhook, webhook

log = logging.getLogger(__name__)

KEYWORD = "citypulse"  # stands in every message: a 钉钉 robot may be set to take only what holds its keyword
KINDS = ("generic", "wecom", "dingtalk")
TIMEOUT_SECONDS = 5.0
TOTAL_SECONDS = 10.0  # of one attempt, whatever the other side does
ATTEMPTS = 2
WAIT_SECONDS = 1.0
LARGEST_ANSWER = 65_536


class NotDelivered(Exception):
    """Why an attempt failed, as a short name; `passing` where another attempt may help."""

    def __init__(self, kind: str, *, passing: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.passing = passing


def notify(notice: Notice, hook: Webhook | None = None) -> bool:
    """Tell the webhook, by default that of the environment. False when there is none or it could not be told."""
    target = webhook() if hook is None else hook
    if not target.url:
        return False
    try:
        _deliver(notice, target)
    except NotDelivered as failure:
        log.warning("notify=failed event=%s kind=%s", notice.event, failure.kind)
        return False
    except Exception as error:  # noqa: BLE001 - no notice is worth a failed task; its text may quote the address
        log.warning("notify=failed event=%s kind=%s", notice.event, type(error).__name__)
        return False
    log.info("notify=sent event=%s", notice.event)
    return True


@contextmanager
def telling(place: str) -> Iterator[None]:
    """Tell of an error that ends the block, unless it passes by itself or says that nothing was to do."""
    try:
        yield
    except CitypulseError as error:
        if not error.transient and not isinstance(error, NothingToDo):
            notify(notice_of(error, place))
        raise


def body(notice: Notice, kind: str) -> dict[str, Any]:
    """What is posted, by kind of webhook. Raises NotDelivered for a kind that does not exist."""
    if kind == "generic":
        texts = {"zh": notice.zh, "en": notice.en}
        return {"source": KEYWORD, "event": notice.event, **texts, "facts": notice.facts}
    text = f"{KEYWORD}\n\n{notice.zh}\n\n{notice.en}"
    if kind == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": text}}
    if kind == "dingtalk":
        return {"msgtype": "markdown", "markdown": {"title": f"{KEYWORD} {notice.event}", "text": text}}
    raise NotDelivered("unknown_webhook_kind", passing=False)


def signature(secret: str, milliseconds: int) -> str:
    """钉钉: Base64 of HMAC-SHA256 over `<timestamp>\\n<secret>`, keyed with the secret."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _deliver(notice: Notice, hook: Webhook) -> None:
    content = body(notice, hook.kind)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _post(content, hook)
            return
        except NotDelivered as failure:
            if not failure.passing or attempt == ATTEMPTS:
                raise
            time.sleep(WAIT_SECONDS)


def _post(content: dict[str, Any], hook: Webhook) -> None:
    import httpx

    from ingestion.collectors.deadline import Deadline

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they log whole addresses
    deadline = Deadline(TOTAL_SECONDS)
    deadline.start()
    try:
        with (
            httpx.Client(
                follow_redirects=False,  # the message is for this address alone
                trust_env=False,  # no proxy and no .netrc behind our back
                timeout=TIMEOUT_SECONDS,
                verify=_authorities(),
            ) as client,
            client.stream(
                "POST",
                httpx.URL(hook.url).copy_merge_params(_signed(hook)),  # `params` would drop the robot's key
                json=content,
                headers={"Accept-Encoding": "identity"},
                extensions={"trace": deadline.watch},
            ) as answer,
        ):
            _check(answer.status_code, b"".join(_limited(answer.iter_raw())), hook.kind)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        kind = "TotalTime" if deadline.has_passed else type(error).__name__
        raise NotDelivered(kind, passing=isinstance(error, httpx.TransportError)) from None
    finally:
        deadline.stop()


@cache
def _authorities() -> ssl.SSLContext:
    """The machine's own, where an office installs its own."""
    return ssl.create_default_context()


def _signed(hook: Webhook) -> dict[str, str]:
    if hook.kind != "dingtalk" or not hook.secret:
        return {}
    now = time.time_ns() // 1_000_000
    return {"timestamp": str(now), "sign": signature(hook.secret, now)}


def _limited(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise NotDelivered("answer_too_large", passing=False)
        yield chunk


def _check(status: int, answer: bytes, kind: str) -> None:
    """A robot reports a failure under HTTP 200, with an `errcode`."""
    if status != 200 and not (kind == "generic" and 200 <= status < 300):
        raise NotDelivered(f"http_{status}", passing=status == 429 or status >= 500)
    if kind == "generic":
        return
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise NotDelivered("no_errcode", passing=False) from None
    if code != 0:
        raise NotDelivered(f"errcode_{code}" if isinstance(code, int) else "errcode", passing=False)
