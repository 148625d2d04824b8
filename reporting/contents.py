"""What a brief of each kind holds, read from `contents.yml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ingestion.errors import ContractError
from reporting.period import Kind
from reporting.table_spec import Words

FILE = Path(__file__).resolve().parent / "contents.yml"
DRAWN = ("cards", "requests", "ranking", "small_cells", "map", "panels", "missing")


class Contents(BaseModel):
    """The cards and the sections of one kind, in the order of the page; `ranked` is the KPI of ranking and map.

    `not_connected` names what a reader expects of this kind and no feed brings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ranked: str
    cards: list[str]
    sections: list[str]
    not_connected: list[Words] = []

    @property
    def tables(self) -> list[str]:
        return [name for name in self.sections if name not in DRAWN]


@cache
def contents_of(kind: Kind) -> Contents:
    """Raises ContractError when the file says something else than contents."""
    try:
        return Contents.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8"))[kind])
    except (yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise ContractError(
            f"{FILE.name}, {kind}: {str(error).splitlines()[-1].strip() or type(error).__name__}.",
            next_step="give ranked, cards and sections; see docs/briefs.md.",
        ) from None
