"""What is seen of a delivered file from outside: which one lies under a name, and that name made printable."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

Mark = tuple[int, int, int, int]
SHORTEST, LONGEST = 2, 8
# Some offices name a file after who complained; a name cannot be told from a word, but a number and an address can.
OF_A_PERSON = re.compile(
    r"(?<!\d)1\d{2}[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)
NARROW = str.maketrans("０１２３４５６７８９＠－", "0123456789@-")
HIDDEN = "***"


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
    """A file name fit for receipts and screens: bytes that are no text and control characters are escaped.

    Mobile numbers, ID card numbers and e-mail addresses in it are left out: receipts are published.
    """
    return "".join(_escaped(character) if _is_odd(character) else character for character in _without_persons(name))


def _without_persons(name: str) -> str:
    """The name without numbers and addresses of persons, wide digits included; all else as it was."""
    kept, end = [], 0
    for found in OF_A_PERSON.finditer(name.translate(NARROW)):
        kept += [name[end : found.start()], HIDDEN]
        end = found.end()
    return "".join([*kept, name[end:]])


def _is_odd(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def plain_suffix(path: str) -> str:
    """The ending of a name when it is a usual one, in small letters; else nothing."""
    suffix = os.path.splitext(path)[1].lower()
    is_usual = SHORTEST <= len(suffix) <= LONGEST and suffix.isascii() and suffix[1:].isalnum()
    return suffix if is_usual else ""
