"""One pushed delivery, from its headers to its receipt; each check before the body costs the sender nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from starlette.requests import Request

from ingestion import durable
from ingestion.collectors.webhook.accepted import Accepted, Taken
from ingestion.collectors.webhook.keys import Keys, PushKey
from ingestion.collectors.webhook.limits import Limits, Turns
from ingestion.collectors.webhook.naming import file_name, with_digest
from ingestion.collectors.webhook.refusal import Refusal
from ingestion.collectors.webhook.sealing import Sealable, as_segment, clear, seal
from ingestion.collectors.webhook.signature import Said, known_sender, read_headers
from ingestion.collectors.webhook.upload import pass_over, receive
from ingestion.contract import Contract, load_contracts
from ingestion.settings import Settings, local_now

log = logging.getLogger(__name__)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
ROOM = 3  # times what a delivery takes: the upload, the vault's copy, the landing table
LATER = 60  # seconds after which a disk may have been seen to
SWEEP_EVERY = 600.0


class Intake:
    """Takes deliveries for one home. Only one may be at work in it: what lies in `parts` at the start is a kill's."""

    def __init__(self, settings: Settings, keys: Keys, limits: Limits) -> None:
        self.settings = settings
        self.keys = keys
        self.limits = limits
        self.turns = Turns(limits)
        self.parts = settings.collect / "push" / "parts"
        self.accepted = Accepted(settings.collect / "push" / "accepted", limits.remembered)
        self._swept = time.monotonic()

    def recover(self) -> int:
        """Clear away the half uploads of a killed run: none was acknowledged. Returns how many."""
        durable.make_folder(self.parts, durable.INTERNAL)
        left = list(self.parts.iterdir())
        for path in left:
            durable.discard(path)
        self.accepted.sweep()
        return len(left)

    async def take(self, request: Request, feed: str) -> tuple[PushKey, Taken, bool]:
        """The key, what was taken, and whether that had been before. It is all on disk when this returns.

        Raises Refusal; ContractError when keys or contracts cannot be read.
        """
        said = read_headers(request.headers)
        key = known_sender(self.keys, said, feed, self.settings.token_digest, self.limits.window)
        request.state.key_id = key.key_id
        self.turns.take(key.key_id)
        length = _length(request, self.limits)
        contract = load_contracts(self.settings).get(feed)
        if contract is None:  # it has been taken away since the key was made
            raise Refusal("feed")
        name = file_name(contract, said.file_name, local_now())
        with self.turns.upload(key.key_id, said.sha256):
            await self._sweep_now_and_then()
            body = request.stream()
            if earlier := self.accepted.find(key.key_id, said.signature):
                if request.headers.get("expect", "").lower() != "100-continue":
                    await pass_over(body, length, self.limits)
                return key, earlier, True
            return key, await self._taken(body, said, key, contract, name, length), False

    async def _taken(
        self, body: AsyncIterator[bytes], said: Said, key: PushKey, contract: Contract, name: str, length: int
    ) -> Taken:
        part = self.parts / f"{uuid4().hex}.part"
        try:
            if shutil.disk_usage(self.parts).free < ROOM * length:
                raise Refusal("disk_full", wait=LATER)
            try:
                await receive(body, part, length, said.sha256, self.limits)
            except BaseException:
                clear(part)
                raise
            return await asyncio.to_thread(self._seal, part, said, key, contract, name)
        except OSError as error:
            log.error(
                "key=%s feed=%s disk=%s errno=%d", key.key_id, contract.feed, type(error).__name__, error.errno or 0
            )
            raise Refusal("disk_full" if error.errno in FULL else "disk", wait=LATER) from None

    def _seal(self, part: Path, said: Said, key: PushKey, contract: Contract, name: str) -> Taken:
        """From a whole upload to a file in the inbox and the memory of it; the disk is waited for here.

        It clears away what it was given: whoever waits for it may be cut short, and the thread goes on.
        """
        ready = Sealable(part, said.sha256, int(said.rows) if said.rows else None)
        try:
            if contract.messages:
                ready = as_segment(part, contract.messages)
                if said.rows and ready.rows != int(said.rows):
                    raise Refusal("rows")
            size, named = part.stat().st_size, with_digest(name, ready.sha256)
            seal(ready, self.settings.inbox / contract.feed / named)
            taken = Taken(ready.sha256, contract.feed, named, size, ready.rows, dict(ready.flaws))
            self.accepted.add(key.key_id, said.signature, taken)
        finally:
            clear(part)
        return taken

    async def _sweep_now_and_then(self) -> None:
        if time.monotonic() > self._swept + SWEEP_EVERY:
            self._swept = time.monotonic()
            await asyncio.to_thread(self.accepted.sweep)


def _length(request: Request, limits: Limits) -> int:
    """How long the body says it is. Raises Refusal (`length_required`, `too_large`, `empty`, `encoding`)."""
    headers = request.headers
    said = headers.getlist("content-length")
    if "transfer-encoding" in headers or len(said) != 1 or not (said[0].isascii() and said[0].isdigit()):
        raise Refusal("length_required")
    if len(said[0]) > 18 or int(said[0]) > limits.largest:
        raise Refusal("too_large", f"The delivery is larger than {limits.largest} bytes.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal("encoding")
    if int(said[0]) == 0:
        raise Refusal("empty")
    return int(said[0])
