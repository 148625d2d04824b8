"""A real .xls (BIFF8 in OLE2), which no library here can write: the few records that text, numbers and dates need."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from struct import pack

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
PLAIN, MOMENT = 0, 22  # built-in number formats: General, and a date with its time


def write_old_xls(path: Path, sheet: str, rows: list[list[str | float]], *, dated: Collection[int] = ()) -> None:
    """Write rows as one sheet; numbers of the columns in `dated` are shown as moments."""
    path.write_bytes(_ole2(_workbook(sheet, rows, set(dated))))


def _record(kind: int, data: bytes) -> bytes:
    return pack("<HH", kind, len(data)) + data


def _workbook(sheet: str, rows: list[list[str | float]], dated: set[int]) -> bytes:
    begin = _record(0x0809, pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    styles = b"".join(_record(0x00E0, pack("<HH16x", 0, form)) for form in (PLAIN, MOMENT))
    name = sheet.encode("utf-16-le")
    place = len(begin) + len(styles) + (4 + 8 + len(name)) + 4
    listed = _record(0x0085, pack("<IBBBB", place, 0, 0, len(sheet), 1) + name)
    cells = b"".join(
        _cell(row, column, value, style=int(column in dated))
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value != ""
    )
    body = _record(0x0809, pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + _record(0x000A, b"")
    return begin + styles + listed + _record(0x000A, b"") + body


def _cell(row: int, column: int, value: str | float, style: int) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, pack("<HHHHB", row, column, 0, len(value), 1) + text)
    return _record(0x0203, pack("<HHHd", row, column, style, value))


def _ole2(stream: bytes) -> bytes:
    stream = stream.ljust(4096, b"\0")  # shorter ones would have to go into the mini stream
    sectors = -(-len(stream) // SECTOR)
    chain = [FAT, END, *range(3, sectors + 2), END]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + pack("<I", 0) + pack("<I", FREE) * 108
    table = b"".join(pack("<I", entry) for entry in chain).ljust(SECTOR, b"\xff")
    folder = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 2, len(stream), child=FREE)
    return header + table + folder.ljust(SECTOR, b"\0") + stream.ljust(sectors * SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + pack("<HBBIII", len(text) + 2, kind, 1, FREE, FREE, child)
    return head + bytes(36) + pack("<IQ", start, size)
