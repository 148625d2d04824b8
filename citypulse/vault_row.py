"""One row of a delivery as it came, for a steward who must see it: logged before it is read out, never written."""

from __future__ import annotations

import csv
import json
import re
from itertools import islice
from pathlib import Path

from ingestion import audit_log, durable
from ingestion.audit_log import Access
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, NothingToDo
from ingestion.readers.text import LONGEST_FIELD, read_header
from ingestion.readers.workbook import read_rows
from ingestion.run_log import logged
from ingestion.settings import Settings

BATCH = re.compile(r"[0-9a-f]{8,64}")


def vault_row(settings: Settings, batch: str, row: int, reason: str) -> dict[str, str]:
    """The cells of a row by the source's own column names, fit for a screen.

    `row` counts as quarantine and landing do. Raises ContractError when batch or reason is not proper, NothingToDo when
    the vault has no such delivery or the delivery no such row.
    """
    words = audit_log.proper_reason(reason)
    original = _original(settings, batch)
    contract = load_contracts(settings).get(original.parent.name)
    if contract is None:
        raise ContractError(
            "The feed of that delivery has no contract any more.", next_step="put it back into `feeds/`."
        )
    with logged(settings, "vault_show", contract.feed) as run:
        cells = _cells(settings, contract, original, row)
        place = f"batch={original.stem[:24]} row={row}"
        audit_log.record(
            settings, Access("vault show", contract.feed, place, 1, words, outcome="break_glass", run_id=run.run_id)
        )
        run.count(rows=1)
    return {name: _for_a_screen(cell) for name, cell in cells.items()}


def _original(settings: Settings, batch: str) -> Path:
    if not BATCH.fullmatch(batch):
        raise ContractError(
            "A batch is named by eight or more of its hexadecimal digits.", next_step="see the receipt."
        )
    found = [path for path in settings.vault.glob(f"*/{batch}*") if path.is_file()]
    if len(found) != 1:
        raise NothingToDo("The vault has no delivery of that batch, or more than one.", next_step="give all digits.")
    return found[0]


def _cells(settings: Settings, contract: Contract, original: Path, row: int) -> dict[str, str]:
    """Raises NothingToDo without that row, DeliveryRefused for what cannot be read at all."""
    work = settings.work / "vault_row"
    durable.discard(work)
    durable.make_folder(work, 0o700)
    try:
        if contract.format.kind == "xlsx":
            return _of_workbook(contract, original, row, work / "numbered.csv")
        return _of_text(contract, original, row, work / "utf-8.txt")
    finally:
        durable.discard(work)


def _of_text(contract: Contract, original: Path, row: int, copy: Path) -> dict[str, str]:
    """Also a row that could not be split: cells without a column are numbered."""
    copy.write_text(original.read_text(contract.format.encoding, errors="replace"), encoding="utf-8", newline="")
    csv.field_size_limit(LONGEST_FIELD)
    with copy.open(encoding="utf-8-sig", newline="") as stream:
        if contract.format.kind == "jsonl":
            return _of_json(next(islice(stream, row - 1, None), ""))
        cells = next(islice(csv.reader(stream, delimiter=contract.format.delimiter), row - 1, None), None)
    return _named(read_header(copy, contract.format)[0], cells)


def _of_json(line: str) -> dict[str, str]:
    if not line.strip():
        raise _no_row()
    try:
        return {str(name): str(value) for name, value in dict(json.loads(line)).items()}
    except (ValueError, TypeError):
        return {"line": line.rstrip("\n")}


def _of_workbook(contract: Contract, original: Path, row: int, numbered: Path) -> dict[str, str]:
    known = [header for column in contract.columns for header in column.header]
    header = read_rows(original, contract.format, known, numbered).header
    with numbered.open(encoding="utf-8", newline="") as stream:
        return _named(header, next((cells[1:] for cells in csv.reader(stream) if cells[0] == str(row)), None))


def _named(header: list[str], cells: list[str] | None) -> dict[str, str]:
    if not cells:
        raise _no_row()
    names = [*header, *(f"cell {place}" for place in range(len(header) + 1, len(cells) + 1))]
    return dict(zip(names, cells, strict=False))


def _no_row() -> NothingToDo:
    return NothingToDo("The delivery has no such row.", next_step="see its number in quarantine or landing.")


def _for_a_screen(cell: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cell)
