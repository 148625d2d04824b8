"""A body on its way to the disk: counted and hashed as it comes, never whole in memory, and not for ever."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ingestion import durable
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.refusal import Refusal

PRIVATE = 0o640  # it holds what the sender wrote, names and phones included


async def receive(body: AsyncIterator[bytes], part: Path, length: int, sha256: str, limits: Limits) -> None:
    """Write a body into a private file and force it onto the disk.

    Raises Refusal (`slow`, `length`, `sha256`), OSError where the disk does not let it; the caller removes the file.
    """
    digest = hashlib.sha256()
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as stream:
        async for piece in _in_time(body, length, limits):
            digest.update(piece)
            stream.write(piece)
        stream.flush()
        await asyncio.to_thread(_onto_the_disk, stream.fileno())
    if digest.hexdigest() != sha256:
        raise Refusal("sha256")


async def pass_over(body: AsyncIterator[bytes], length: int, limits: Limits) -> None:
    """Read a body and keep nothing, for a sender that hears no answer before it has sent all. Raises like `receive`."""
    async for _ in _in_time(body, length, limits):
        pass


async def _in_time(body: AsyncIterator[bytes], length: int, limits: Limits) -> AsyncIterator[bytes]:
    """The pieces of a body: the next one within `idle` seconds, all within what the length allows, and no more."""
    ends, count = time.monotonic() + limits.seconds_for(length), 0
    while True:
        try:
            async with asyncio.timeout(min(limits.idle, ends - time.monotonic())):
                piece = await anext(body)
        except TimeoutError:
            raise Refusal("slow") from None
        except StopAsyncIteration:
            break
        count += len(piece)
        if count > length:
            raise Refusal("length")
        yield piece
    if count != length:
        raise Refusal("length")


def _onto_the_disk(descriptor: int) -> None:
    durable.fsync_open(descriptor, "push.upload")
