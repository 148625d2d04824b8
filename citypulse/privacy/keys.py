"""The versions of the token key: what rests on each, and how an old one is let go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from citypulse.privacy import certificates
from citypulse.privacy.bridge import destroy_in_bridges
from ingestion import privacy
from ingestion.contract import Column, Contract, load_contracts
from ingestion.errors import ContractError
from ingestion.landing_table import LandingTable, landed_rows
from ingestion.normalise import quote, text
from ingestion.settings import Settings
from warehouse.engine import connect


@dataclass
class VersionReport:
    """One key version; `rows` are landed rows that carry a token of it, by feed. No secret."""

    version: str
    is_current: bool
    digest: str
    made_at: str
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def key_versions(settings: Settings) -> list[VersionReport]:
    """All versions of the key file, oldest first. Raises ContractError when it is damaged."""
    keys = privacy.load_keys(settings)
    found = [
        VersionReport(key.version, key.version == keys.current.version, key.digest, key.made_at)
        for key in keys.versions.values()
    ]
    for contract in load_contracts(settings).values():
        for version, rows in rows_by_version(settings, contract).items():
            for report in found:
                if report.version == version:
                    report.rows[contract.feed] = rows
    return found


def rows_by_version(settings: Settings, contract: Contract) -> dict[str, int]:
    """How many landed rows of a feed carry a token of each version."""
    columns, files = token_columns(contract), LandingTable(settings, contract).files()
    if not columns or not files:
        return {}
    versions = ", ".join(f"split_part({quote(column.name)}, ':', 1)" for column in columns)
    query = f"SELECT unnest(list_distinct([{versions}])) AS version FROM {landed_rows(contract, files)}"
    with connect(":memory:", settings=settings) as connection:
        grouped = f"SELECT version, count(*) FROM ({query}) WHERE version <> {text(privacy.FORGOTTEN)} GROUP BY version"
        return dict(connection.execute(grouped).fetchall())


def token_columns(contract: Contract) -> list[Column]:
    """The kept columns that hold tokens."""
    return [column for column in contract.kept if column.personal == "token"]


def destroy_key(settings: Settings, version: str, confirmed: str, now: datetime) -> str:
    """Destroy an old key version and certify it; what still carries its tokens elsewhere can be undone by nobody.

    Raises ContractError unless the version is typed once more, and while landed rows carry it.
    """
    if confirmed != version:
        step = f"a destroyed key never comes back: to go on, add `--confirm {version}`."
        raise ContractError(f"{version} is destroyed only when its name is given twice.", next_step=step)
    carrying = {report.version: report.rows for report in key_versions(settings)}.get(version, {})
    if carrying:
        feeds = ", ".join(f"{feed} ({rows})" for feed, rows in carrying.items())
        step = "run `citypulse keys retokenise`; rows without their original keep the token until retention ends them."
        raise ContractError(f"Landed rows still carry tokens of {version}: {feeds}.", next_step=step)
    certificate = certificates.begin(settings, "key", {"request": f"destroy {version}"}, now)
    privacy.destroy(settings, version)
    destroy_in_bridges(settings, version)
    return certificates.finish(settings, certificate, now).name
