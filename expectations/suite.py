"""A suite of checks as a small strict YAML file: what must hold, how grave a failure is, and who answers for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from expectations.derive import RAW_PREFIX, raw_suite
from ingestion.contract import Contract
from ingestion.errors import ContractError
from ingestion.settings import Settings

SUITES = Path(__file__).parent / "suites"
SNAKE = r"^[a-z][a-z0-9_]*$"
TABLE = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"

# Only expectations whose results are counts and column names: those that report a column's values would leak them.
Expectation = Literal[
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_unique",
    "expect_compound_columns_to_be_unique",
    "expect_table_columns_to_match_set",
    "expect_table_row_count_to_be_between",
    "unexpected_rows_expectation",
]


class Strict(BaseModel):
    """A part of a suite; an unknown key is an error, so a typing slip cannot switch a check off."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Check(Strict):
    """One check: a Great Expectations type with its arguments, said in plain sentences of both languages."""

    id: Annotated[str, Field(pattern=SNAKE)]
    expectation: Expectation
    kwargs: dict[str, Any]
    table: Annotated[str, Field(pattern=TABLE)] | None = None
    severity: Literal["critical", "warning"]
    meaning_zh: Annotated[str, Field(min_length=2)]
    meaning_en: Annotated[str, Field(min_length=2)]

    @model_validator(mode="after")
    def _asks_its_own_table(self) -> Check:
        query = str(self.kwargs.get("unexpected_rows_query", ""))
        if self.expectation == "unexpected_rows_expectation" and "{batch}" not in query:
            raise ValueError(f"check {self.id}: `unexpected_rows_query` must read from {{batch}}")
        return self


class Suite(Strict):
    """The checks of one table; a check with a `table` of its own asks that one instead."""

    suite: Annotated[str, Field(pattern=SNAKE)]
    table: Annotated[str, Field(pattern=TABLE)]
    name_zh: str
    name_en: str
    owner_zh: str
    owner_en: str
    checks: Annotated[list[Check], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Suite:
        ids = [check.id for check in self.checks]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"check {', '.join(repeated)} stands twice")
        return self


def load_suites(settings: Settings, contracts: dict[str, Contract]) -> list[Suite]:
    """The hand-written suites (a city's own replace those of the same name), then one per contract.

    The raw suites are derived afresh: their files are there to be read and reviewed, and a test holds them equal.
    """
    found: dict[str, Path] = {}
    for folder in [*([settings.city / "suites"] if settings.city else []), SUITES]:
        for path in sorted(folder.glob("*.yml")):
            if not path.name.startswith(RAW_PREFIX):
                found.setdefault(path.stem, path)
    written = [load_suite(path) for _, path in sorted(found.items())]
    return written + [Suite.model_validate(raw_suite(contract)) for _, contract in sorted(contracts.items())]


def load_suite(path: Path) -> Suite:
    """Read one suite. Raises ContractError naming the file, the place and what is wrong there."""
    try:
        suite = Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path.name}: not readable as UTF-8 YAML.", next_step="repair the file.") from error
    except ValidationError as error:
        places = [f"{'.'.join(map(str, e['loc'])) or 'suite'}: {e['msg']}" for e in error.errors(include_input=False)]
        raise ContractError(f"{path.name}: {'; '.join(places)}.", next_step="correct these places.") from error
    if suite.suite != path.stem:
        raise ContractError(f"{path.name}: says `suite: {suite.suite}`.", next_step="name file and suite alike.")
    return suite
