"""Zip archives, judged by their table of contents before anything is unpacked."""

from __future__ import annotations

import lzma
import struct
import zlib
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from ingestion.errors import DeliveryRefused

MAX_RATIO = 200
MAX_MEMBERS = 2_000
# what zipfile raises for a damaged archive; for an unknown packing or a lock it is a RuntimeError
BROKEN = (BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, OSError, ValueError)
HARMLESS = 8 << 20  # so little may be packed as tightly as it likes
END, LONGEST_END = b"PK\x05\x06", 22 + 0xFFFF  # of the table of contents, with its comment (APPNOTE 4.3.16)
MANY = 0xFFFF  # then the count stands elsewhere


def table_of_contents(archive: ZipFile, most_bytes: int) -> list[ZipInfo]:
    """The members of an archive. Raises DeliveryRefused (`bomb`, `traversal`), BadZipFile when some are not listed."""
    members = archive.infolist()
    if _promised(archive) not in (len(members), MANY):  # one damaged length hides the next member, and zipfile goes on
        raise BadZipFile("the table of contents counts other members than it lists")
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    is_dense = unpacked > HARMLESS and unpacked / packed > MAX_RATIO
    if len(members) > MAX_MEMBERS or unpacked > most_bytes or is_dense:
        raise DeliveryRefused(
            "bomb", f"promises {unpacked >> 20} MB unpacked.", next_step="ask the sender for a smaller or split export."
        )
    if any(_leaves_its_folder(member_name(member)) for member in members):
        raise DeliveryRefused("traversal", "holds a member outside its folder.", next_step="do not open it; ask again.")
    return members


def _promised(archive: ZipFile) -> int:
    """How many members the end of the table of contents counts."""
    stream = archive.fp
    if stream is None:
        raise ValueError("the archive is closed")
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - LONGEST_END))
    tail = stream.read()
    return int(struct.unpack_from("<H", tail, tail.rfind(END) + 10)[0])


def member_name(member: ZipInfo) -> str:
    """The member's path; some packers of Windows write it with backslashes."""
    return member.filename.replace("\\", "/")


def _leaves_its_folder(name: str) -> bool:
    return name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts
