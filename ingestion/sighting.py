"""What is seen of a delivered file from outside: which one lies under a name, and that name made printable."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

Mark = tuple[int, int, int, int]
SHORTEST, LONGEST = 2, 8


def mark_of(path: Path) -> Mark | None:
    """What tells a file from another that takes its name; None where nothing lies or nothing may be seen."""
    try:
        return mark(os.lstat(path))
    except OSError:
        return None


def mark(status: os.stat_result) -> Mark:
    """The change time is part of it: a file written anew in its place is another one."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def printable(name: str) -> str:
    """A file name fit for receipts and screens: bytes that are no text and control characters are escaped."""
    return "".join(_escaped(character) if _is_odd(character) else character for character in name)


def _is_odd(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def plain_suffix(path: str) -> str:
    """The ending of a name when it is a usual one, in small letters; else nothing."""
    suffix = os.path.splitext(path)[1].lower()
    is_usual = SHORTEST <= len(suffix) <= LONGEST and suffix.isascii() and suffix[1:].isalnum()
    return suffix if is_usual else ""
