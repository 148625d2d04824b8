"""Spreadsheets: checked before they are opened, then parsed in a child process with limits on memory and time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from ingestion.errors import DeliveryRefused
from ingestion.readers.text import Rows
from ingestion.readers.xlsx_child import NO_HEADER, NOT_A_WORKBOOK, RECORD, SHEET_MISSING, UNIT

MAX_UNPACKED = 512 << 20
MAX_RATIO = 200
MAX_MEMBERS = 2_000
CHILD_MEMORY = 2 << 30
CHILD_SECONDS = 120


def guard(path: Path) -> None:
    """Refuse bombs and broken archives by their table of contents alone. Raises DeliveryRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DeliveryRefused("workbook", "not a whole xlsx workbook.", next_step="ask for it again.") from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if (
        len(members) > MAX_MEMBERS
        or unpacked > MAX_UNPACKED
        or (unpacked > (8 << 20) and unpacked / packed > MAX_RATIO)
    ):
        raise DeliveryRefused(
            "bomb", f"promises {unpacked >> 20} MB unpacked.", next_step="ask the sender for a smaller or split export."
        )
    if any(".." in Path(member.filename).parts or member.filename.startswith("/") for member in members):
        raise DeliveryRefused("traversal", "holds a member outside its folder.", next_step="do not open it; ask again.")


def read_rows(path: Path, sheet: str, header_row: int, target: Path) -> Rows:
    """Rows of one sheet as numbered CSV in `target`.

    Raises DeliveryRefused (`sheet`, `workbook`, `too_large`, `header`).
    """
    guard(path)
    command = [sys.executable, "-m", "ingestion.readers.xlsx_child", str(path), sheet, str(header_row), str(target)]
    limits = [str(CHILD_MEMORY), str(CHILD_SECONDS)]
    try:
        done = subprocess.run([*command, *limits], capture_output=True, timeout=2 * CHILD_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _refusal(-1, sheet, header_row) from error
    if done.returncode != 0:
        raise _refusal(done.returncode, sheet, header_row)
    header, *broken = (part.split(UNIT) for part in done.stdout.decode().split(RECORD))
    return Rows(target, header, 1, numbered=True, broken=[(int(row), rule) for row, rule in broken])


def _refusal(code: int, sheet: str, header_row: int) -> DeliveryRefused:
    again = "ask the sender for the workbook in the agreed form, then drop it again."
    if code == SHEET_MISSING:
        return DeliveryRefused("sheet", f"has no sheet named {sheet}.", next_step=again)
    if code == NO_HEADER:
        return DeliveryRefused("header", f"no header in row {header_row}.", row=header_row, next_step=again)
    if code == NOT_A_WORKBOOK:
        return DeliveryRefused("workbook", "cannot be read as a workbook.", next_step=again)
    return DeliveryRefused(
        "too_large", f"needs more than {CHILD_MEMORY >> 20} MB or {CHILD_SECONDS} s to read.", next_step=again
    )
