"""What a workbook is and whether it is whole, told from its bytes: its name proves nothing."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from struct import unpack, unpack_from
from typing import Literal

WorkbookKind = Literal["xlsx", "xls", "html"]
ZIP, OLE2 = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST_SECTOR = 0xFFFFFFFA
TAIL = 4096


def workbook_kind(path: Path) -> WorkbookKind:
    """A zip is an xlsx, an OLE2 file an xls; whatever else must prove to be an HTML page."""
    with path.open("rb") as stream:
        head = stream.read(len(OLE2))
    return "xlsx" if head.startswith(ZIP) else "xls" if head == OLE2 else "html"


def is_whole_workbook(path: Path) -> bool:
    """Whether the end of a workbook is there, as far as its form tells."""
    kind = workbook_kind(path)
    if kind == "xlsx":
        return zipfile.is_zipfile(path)
    return _is_whole_ole2(path) if kind == "xls" else _is_whole_page(path)


def _is_whole_page(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, os.path.getsize(path) - TAIL))
        tail = stream.read().replace(b"\0", b"").lower()  # so that UTF-16 looks like ASCII
    return b"</table" in tail or b"</html" in tail


def _is_whole_ole2(path: Path) -> bool:
    """Whether the last sector that the allocation table speaks of has begun ([MS-CFB] 2.2, 2.3)."""
    size = os.path.getsize(path)
    with path.open("rb") as stream:
        header = stream.read(512)
        if len(header) < 512:
            return False
        sector = 512 if unpack_from("<H", header, 30)[0] == 9 else 4096
        last = 0
        for index, place in enumerate(unpack_from("<109I", header, 76)):
            if place >= LAST_SECTOR:
                continue
            stream.seek((place + 1) * sector)
            block = stream.read(sector)
            if len(block) < sector:
                return False
            used = [n for n, entry in enumerate(unpack(f"<{sector // 4}I", block)) if entry != 0xFFFFFFFF]
            last = max(last, index * (sector // 4) + used[-1]) if used else last
    return size > (last + 1) * sector
