"""What `pack.yml` says: the sheets of the KPI workbook, and how its readers are told to read it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ingestion.errors import ContractError
from reporting.table_spec import Words

FILE = Path(__file__).resolve().parent / "pack.yml"


class SheetSpec(BaseModel):
    """One sheet: `sql` gives its rows; comments of what it `reads` name its columns, `heads` those made in SQL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    note: Words
    reads: list[str]
    heads: dict[str, Words] = {}
    sql: str


class PackSpec(BaseModel):
    """The workbook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: list[Words]
    sheets: list[SheetSpec]


@cache
def pack_spec() -> PackSpec:
    """Raises ContractError when the file says something else."""
    try:
        return PackSpec.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ContractError(
            f"{FILE.name}: {str(error).splitlines()[-1].strip() or type(error).__name__}.",
            next_step="give about and sheets; see the other sheets there.",
        ) from None
