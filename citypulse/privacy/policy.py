"""How long what is kept: a policy in data, `ingestion/retention.yml` or the city's `retention.yml` in its place."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from ingestion.contract import Contract, Strict
from ingestion.errors import ContractError
from ingestion.settings import PACKAGE_ROOT, Settings

NAME = "retention.yml"
Months = Annotated[int, Field(ge=1, le=1200, strict=True)] | Literal["for_good"]


class Policy(Strict):
    """`vault_months` counts from a delivery's last business day, `landed_months` from a row's; `for_good` never ends.

    `landed_for_good` names feeds whose rows stay, each with the reason. Rows of feeds without personal data stay too.
    """

    vault_months: Months
    landed_months: Months
    landed_for_good: dict[str, Annotated[str, Field(min_length=10)]] = Field(default_factory=dict)

    def last_vault_day(self, today: date) -> date | None:
        """Deliveries whose last business day lies before this day leave the vault; None where they stay."""
        return None if self.vault_months == "for_good" else months_before(today, self.vault_months)

    def first_landed_day(self, today: date) -> date | None:
        """Rows of before this day go; always the first of a month, so that no month is left half. None: they stay."""
        return None if self.landed_months == "for_good" else months_before(today, self.landed_months).replace(day=1)

    def lets_rows_go(self, contract: Contract) -> bool:
        """Whether landed rows of a feed have an end: they hold tokens or fingerprints, and no reason keeps them."""
        return contract.feed not in self.landed_for_good and any(column.personal for column in contract.kept)


def load_policy(settings: Settings, known_feeds: set[str]) -> tuple[Policy, str]:
    """The policy of this installation and the sha256 of its file, for the certificates.

    Raises ContractError naming place and rule where the file is wrong or speaks of a feed nobody knows.
    """
    path = policy_file(settings)
    try:
        content = path.read_bytes()
        policy = Policy.model_validate(yaml.safe_load(content.decode("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path.name}: not readable as UTF-8 YAML.", next_step="repair the file.") from error
    except ValidationError as error:
        places = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise ContractError(f"{path.name}: {'; '.join(places)}.", next_step="correct these lines.") from error
    if strange := sorted(set(policy.landed_for_good) - known_feeds):
        raise ContractError(f"{path.name}: landed_for_good: no feed named {strange[0]!r}.", next_step="correct it.")
    return policy, sha256(content).hexdigest()


def policy_file(settings: Settings) -> Path:
    """The city's file where it has one, else the built-in one."""
    own = settings.city / NAME if settings.city else None
    return own if own and own.is_file() else PACKAGE_ROOT / NAME


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("each month has 28 days")
