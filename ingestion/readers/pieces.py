"""A text file counted while it is copied, and cut into pieces of whole lines that can be read side by side."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    """What stands in a file, counted chunk by chunk. Single bytes alone are counted: far faster than any pattern.

    `marks` are (place, lines before it) after each chunk.
    """

    delimiter: str
    size: int = 0
    lines: int = 0
    delimiters: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)
    _returns: int = 0
    _pairs: int = 0
    _is_odd: bool = False
    _last: bytes = b""

    def add(self, chunk: bytes) -> None:
        """Count the next chunk; after the first odd byte nothing needs counting."""
        self._is_odd = self._is_odd or b'"' in chunk or b"\0" in chunk
        if self._is_odd:
            return
        self.size += len(chunk)
        self.lines += chunk.count(b"\n")
        self.delimiters += chunk.count(self.delimiter.encode())
        self.marks.append((self.size, self.lines))
        if b"\r" in chunk or self._last == b"\r":
            self._returns += chunk.count(b"\r")
            self._pairs += (self._last + chunk).count(b"\r\n")
        self._last = chunk[-1:]

    @property
    def is_simple(self) -> bool:
        """Every line ends, all of them alike, and no byte means anything but itself."""
        alike = self._returns == 0 or self._returns == self._pairs == self.lines
        return not self._is_odd and alike and self._last == b"\n"


@dataclass(frozen=True)
class Piece:
    """Whole lines of a file, to be copied into a file of their own; above them stand `above` lines of the whole."""

    whole: Path
    begin: int
    end: int
    above: int
    path: Path

    def copy(self) -> None:
        """Make the piece's own file; the kernel copies, the bytes never come here."""
        begin = self.begin
        with self.whole.open("rb") as stream, self.path.open("wb") as out:
            while begin < self.end:
                sent = os.sendfile(out.fileno(), stream.fileno(), begin, self.end - begin)
                if not sent:
                    raise OSError(f"{self.path.name} could not be copied")
                begin += sent


def cut(path: Path, tally: Tally, header_lines: int, most: int, folder: Path) -> list[Piece]:
    """What stands below the header, in file order, in at most `most` pieces."""
    with path.open("rb") as stream:
        for _ in range(header_lines):
            stream.readline()
        bounds = [(stream.tell(), header_lines)]
        for number in range(1, most):
            wanted = tally.size * number // most
            place, lines = min(tally.marks, key=lambda mark: abs(mark[0] - wanted))
            stream.seek(place)
            stream.readline()
            if bounds[-1][0] < stream.tell() < tally.size:
                bounds.append((stream.tell(), lines + 1))
    ends = [place for place, _ in bounds[1:]] + [tally.size]
    return [
        Piece(path, begin, end, lines, folder / f"piece_{number}.txt")
        for number, ((begin, lines), end) in enumerate(zip(bounds, ends, strict=True))
    ]


def has_blank_line(path: Path) -> bool:
    """Whether two line ends of a simple file follow one another."""
    seam = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 22):
            seam = seam[-3:] + chunk
            if b"\n\n" in seam or b"\n\r\n" in seam:
                return True
    return False
