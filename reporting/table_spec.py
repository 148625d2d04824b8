"""What a file of `reporting/tables/` says: one table of a brief, its words, its columns and the SQL behind it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingestion.errors import ContractError
from reporting.brief import Text, Width

TABLES = Path(__file__).resolve().parent / "tables"
As = Literal[
    "name",
    "text",
    "code",
    "count",
    "days",
    "hours",
    "decimal",
    "temperature",
    "rate",
    "points",
    "relative",
    "date",
    "basis",
    "spark",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The same words in both languages."""

    zh: str
    en: str

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)


class ColumnSpec(_Strict):
    """One column: `as` says how it is printed, the rest what is drawn or judged beside it.

    `low` and `high` name columns with the ends of an interval; `target` is a number or names a column; `direction` says
    which way is good, for a change or against the target; `sensitive` hides counts of one to four.
    """

    title: Words
    as_: As = Field(alias="as")
    kpi: str = ""
    bar: bool = False
    low: str = ""
    high: str = ""
    target: float | str | None = None
    direction: Literal["up", "down", "none"] = "none"
    sensitive: bool = False


class Only(_Strict):
    """Where a table stands: in the city's brief alone, or only while the period touches the heating season."""

    city: bool = False
    season: bool = False


class TableSpec(_Strict):
    """One table, or a picture of one. `reads` are the tables of the release it needs; docs/briefs.md says the rest."""

    title: Words
    note: Words | None = None
    width: Width = "full"
    reads: list[str]
    only: Only = Only()
    empty: Words
    absent: Words
    absent_when: str = ""
    attention: Words | None = None
    highlight: Words | None = None
    limit: int = 10
    picture: Literal["", "lines"] = ""
    columns: dict[str, ColumnSpec]
    sql: str

    @property
    def sensitive(self) -> list[str]:
        """The columns that count what is sensitive."""
        return [key for key, column in self.columns.items() if column.sensitive]


@cache
def table_spec(name: str) -> TableSpec:
    """The table of that name. Raises ContractError naming the file, the place in it and the rule."""
    path = TABLES / f"{name}.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TableSpec.model_validate(content)
    except (OSError, yaml.YAMLError) as error:
        raise ContractError(
            f"{path.name} is no table of a brief: {type(error).__name__}.", next_step="see docs/briefs.md."
        ) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ContractError(f"{path.name}, {place}: {first['msg']}.", next_step="see docs/briefs.md.") from None
