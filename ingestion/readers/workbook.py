"""Workbooks: known by their bytes, checked before they are opened, parsed in a child with limits on memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ingestion.errors import DeliveryRefused
from ingestion.readers.archive import BROKEN, table_of_contents
from ingestion.readers.header import fold_blanks
from ingestion.readers.sniff import workbook_kind
from ingestion.readers.text import Form, Rows
from ingestion.readers.workbook_child import UNIT, Fault

MAX_UNPACKED = 512 << 20
CHILD_MEMORY = 2 << 30
CHILD_SECONDS = 120
PAGE_SECONDS, PAGE_SECONDS_A_MEGABYTE = 5, 4  # Python's parser takes the square of a page made for it, else a fraction


def guard(path: Path) -> None:
    """Refuse bombs and broken archives by their table of contents alone. Raises DeliveryRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            table_of_contents(archive, MAX_UNPACKED)
    except BROKEN as error:
        raise DeliveryRefused("workbook", "not a whole xlsx workbook.", next_step="ask for it again.") from error


def read_rows(path: Path, form: Form, names: Iterable[str], target: Path, is_complete: bool = True) -> Rows:
    """Rows of the contract's sheet, or of the HTML table whose header holds most of `names`, as CSV in `target`.

    Raises DeliveryRefused (`sheet`, `workbook`, `encoding`, `too_large`, `header`, `bomb`, `traversal`).
    """
    kind = workbook_kind(path)
    if not is_complete and kind != "html":  # of a page, the rows before the cut can be told
        raise DeliveryRefused("workbook", "breaks off before its end.", next_step="ask the sender for it again.")
    if kind == "xlsx":
        guard(path)
    places = [str(path), kind, form.sheet or "", str(form.header_row), str(form.header_rows)]
    words = [UNIT.join(names), UNIT.join(map(fold_blanks, form.footer)), str(target)]
    command = [sys.executable, "-m", "ingestion.readers.workbook_child", *places, *words]
    seconds = _seconds(path) if kind == "html" else CHILD_SECONDS
    limits = [str(CHILD_MEMORY), str(seconds)]
    try:
        done = subprocess.run([*command, *limits], capture_output=True, timeout=2 * CHILD_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _refusal(-1, form, seconds) from error
    if done.returncode != 0:
        raise _refusal(done.returncode, form, seconds)
    header, broken = json.loads(done.stdout)
    return Rows(target, header, 1, numbered=True, broken=[(row, rule) for row, rule in broken])


def _seconds(page: Path) -> int:
    """How much of a processor's time a page of its size may take."""
    return min(CHILD_SECONDS, PAGE_SECONDS + PAGE_SECONDS_A_MEGABYTE * (page.stat().st_size >> 20))


def _refusal(code: int, form: Form, seconds: int) -> DeliveryRefused:
    too_large = ("too_large", f"needs more than {CHILD_MEMORY >> 20} MB or {seconds} s to read.")
    rule, message = {
        Fault.SHEET_MISSING: ("sheet", f"has no sheet named {form.sheet}."),
        Fault.SHEET_HIDDEN: ("sheet", f"hides its sheet {form.sheet}; a hidden sheet is never read."),
        Fault.NO_HEADER: ("header", f"no header in row {form.header_row}."),
        Fault.NOT_A_WORKBOOK: ("workbook", "cannot be read as a workbook: damaged, locked by a password, or no table."),
        Fault.NO_ENCODING: ("encoding", "is an HTML page in neither UTF-8 nor GB18030."),
    }.get(code, too_large)
    again = "ask the sender for the workbook in the agreed form, then drop it again."
    return DeliveryRefused(rule, message, row=form.header_row if rule == "header" else None, next_step=again)
