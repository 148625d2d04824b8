"""Damage to the bytes of a delivered file: on the way, by a wrong setting of the export, or inside its packing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random


def _spot(data: bytes, dice: Random) -> int:
    return dice.randrange(len(data))


def _cut(data: bytes, dice: Random, put: bytes, lost: int = 0) -> bytes:
    place = _spot(data, dice)
    return data[:place] + put + data[place + lost :]


def _part(data: bytes, dice: Random) -> bytes:
    begin = _spot(data, dice)
    return data[begin : begin + dice.randrange(1, 200)]


BYTES: dict[str, Callable[[bytes, Random], bytes]] = {
    "bit_flipped": lambda d, dice: d[: (p := _spot(d, dice))] + bytes([d[p] ^ 1 << dice.randrange(8)]) + d[p + 1 :],
    "byte_lost": lambda d, dice: _cut(d, dice, b"", 1),
    "byte_added": lambda d, dice: _cut(d, dice, bytes([dice.randrange(256)])),
    "part_lost": lambda d, dice: _cut(d, dice, b"", dice.randrange(2, 400)),
    "part_twice": lambda d, dice: _cut(d, dice, _part(d, dice)),
    "part_zeroed": lambda d, dice: d[: (p := _spot(d, dice))] + bytes(len(d[p : p + 64])) + d[p + 64 :],
    "truncated": lambda d, dice: d[: _spot(d, dice)],
}
TEXT: dict[str, Callable[[bytes, Random, str], bytes]] = {
    "delimiter_added": lambda d, dice, _: _cut(d, dice, b","),
    "quote_added": lambda d, dice, _: _cut(d, dice, b'"'),
    "nul": lambda d, dice, _: _cut(d, dice, b"\0"),
    "byte_order_mark": lambda d, dice, _: b"\xef\xbb\xbf" + d,
    "wrong_encoding": lambda d, dice, told: d.decode(told).encode(
        dice.choice(["utf-16", "gb18030" if told == "utf-8" else "utf-8"])
    ),
    "line_ends_mixed": lambda d, dice, _: b"".join(
        line + dice.choice([b"\r\n", b"\n"]) for line in d.removesuffix(b"\n").split(b"\n")
    ),
    "line_ends_dos": lambda d, dice, _: d.replace(b"\n", b"\r\n"),
    "line_ends_return_only": lambda d, dice, _: d.replace(b"\n", b"\r"),
}


def _tag_cut(data: bytes, dice: Random) -> bytes:
    found = dice.choice([*re.finditer(rb"<[^>]*>", data)])
    return data[: found.start()] + data[found.end() :]


def _member_damaged(data: bytes, dice: Random) -> bytes:
    """One part of a zip or an xlsx damaged before it was packed, so that every checksum fits."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = dice.choice([name for name in names if name.endswith(("1.xml", "Strings.xml", ".csv"))])
        for name in names:
            content = old.read(name)
            hurt = BYTES[dice.choice([*BYTES])](content, dice) if name == chosen else content
            new.writestr(zipfile.ZipInfo(name), hurt)
    return out.getvalue()


def _directory_damaged(data: bytes, dice: Random) -> bytes:
    place = dice.randrange(data.index(b"PK\x01\x02"), len(data))
    return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]


SHAPED: dict[str, Callable[[bytes, Random], bytes]] = {
    "tag_cut": _tag_cut,
    "member_damaged": _member_damaged,
    "directory_damaged": _directory_damaged,
}
