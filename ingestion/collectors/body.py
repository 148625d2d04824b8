"""The body of an answer: plain or gzip, unpacked piece by piece, and never more of it in memory than is agreed."""

from __future__ import annotations

import zlib

import httpx

from ingestion.collectors.patience import Passing
from ingestion.errors import SourceRefused

ACCEPTED = "gzip"
PLAIN = ("", "identity")
GZIP = ("gzip", "x-gzip")
GZIP_ONLY = 16 + zlib.MAX_WBITS


def read_body(place: str, answer: httpx.Response, largest: int) -> bytes:
    """The body, unpacked. What arrives counts as well as what it unpacks to: either may be endless without the other.

    Raises SourceRefused (`content_encoding`, `too_large`), or Passing (`truncated`) for a gzip that is cut or broken.
    """
    gunzip = _unpacker(place, answer)
    body, received = bytearray(), 0
    for piece in answer.iter_raw():
        received += len(piece)
        body += _unpacked(place, gunzip, piece, largest + 1 - len(body)) if gunzip else piece
        if max(received, len(body)) > largest:
            raise SourceRefused(
                "too_large",
                f"{place}: the answer is larger than {largest} bytes.",
                next_step="lower `page_size` in the contract.",
            )
    if gunzip and not gunzip.eof:
        raise Passing("truncated")
    return bytes(body)


def _unpacker(place: str, answer: httpx.Response) -> zlib._Decompress | None:
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in (*PLAIN, *GZIP):
        raise _refused(place, "the answer is packed otherwise than as a single gzip, which is all that was asked for")
    return zlib.decompressobj(GZIP_ONLY) if encoding in GZIP else None


def _unpacked(place: str, gunzip: zlib._Decompress, piece: bytes, most: int) -> bytes:
    try:
        found = gunzip.decompress(piece, most)
    except zlib.error:
        raise Passing("truncated") from None
    if gunzip.unused_data:
        raise _refused(place, "the answer goes on after the end of its gzip")
    return found


def _refused(place: str, what: str) -> SourceRefused:
    return SourceRefused(
        "content_encoding",
        f"{place}: {what}.",
        next_step="ask the source's office, or who runs the gateway before it, to answer plainly or as one gzip.",
    )
