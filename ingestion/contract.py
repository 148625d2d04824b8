"""The contract of a feed: what a sender promised, in one strict YAML file, and everything else is derived from it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingestion.errors import ContractError
from ingestion.settings import Settings

ColumnType = Literal[
    "text", "name", "code", "phone", "place", "enum", "boolean", "integer", "decimal", "timestamp", "date", "figure"
]  # `figure` is a number as officials write it; what lands is the range it claims (ingestion/written_number.py)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same safe subset, ten times faster where libyaml is there
DataClass = Literal["general", "personal", "sensitive"]  # PIPL arts. 4 and 28; a city's catalogue may grade finer
SharingAttribute = Literal["unconditional", "conditional", "not_shared"]  # 无条件共享、有条件共享、不予共享
SNAKE = r"^[a-z][a-z0-9_]*$"
MENDED = "sign_restored"  # the flag of a value that was not lost but mended
LANDING_COLUMNS = ("business_date", "batch_id", "batch_seq", "row_no", "recorded_at")
OWN_MEMBER = "citypulse_"  # how the members begin that the MQTT collector writes beside those of a payload
FLAW = f"{OWN_MEMBER}flaw"
FLAWS = ("not_json", "oversized", "reserved_member", "doubled_member")  # what it finds in a payload; landing's rules


class Strict(BaseModel):
    """A part of a contract; an unknown key is an error, so a typing slip cannot switch a rule off."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Unsigned(Strict):
    """Signed numbers of `bits` that the sender reads as unsigned: with 16 bits of 0.1 each, -0.3 arrives as 6553.3."""

    bits: Literal[8, 16, 32]
    step: Annotated[Decimal, Field(gt=0)]

    @property
    def highest(self) -> Decimal:
        """The largest number that is what it says."""
        return self.span / 2 - self.step

    @property
    def span(self) -> Decimal:
        """What a number above that has too much; from here on no sender of such numbers can have sent it."""
        return self.step * 2**self.bits


class Column(Strict):
    """One column: where it stands in the source (`header`, `constant` or `absent`) and what it must become.

    `formats` are those of strptime, or `iso` (with or without `T`, fraction and zone), `epoch_ms`, `epoch_s`. `seen_at`
    names the column that says when a value came: future and `oldest_days` count from there, not from the landing. What
    is not `compared` tells how a row travelled: rows that differ in it alone are duplicates.
    """

    name: Annotated[str, Field(pattern=SNAKE)]
    header: list[str] = []
    constant: str | None = None
    absent: bool = False
    type: ColumnType
    required: bool = False
    values: dict[str, str | bool] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int = 18
    scale: int = 4
    unsigned: Unsigned | None = None
    formats: list[str] = ["%Y-%m-%d %H:%M:%S"]
    zoned: bool = False
    may_be_future: bool = False
    seen_at: str | None = None
    oldest_days: Annotated[int, Field(ge=1)] | None = None
    compared: bool = True
    personal: Literal["drop", "token", "fingerprint"] | None = None
    data_class: DataClass = "general"
    unit: str | None = None
    meaning_zh: str
    meaning_en: str

    @property
    def is_kept(self) -> bool:
        """Whether the column travels on; `personal: drop` stays in the vault."""
        return self.personal != "drop"

    def is_of_person(self, named_by: str) -> bool:
        """Whether the column tells of the person whom the column `named_by` names: that one, or words or a place."""
        derived = self.personal == "fingerprint" or (self.personal == "token" and self.type == "place")
        return derived or (self.personal == "token" and self.name == named_by)

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in the landing table."""
        fixed = {"boolean": "BOOLEAN", "integer": "BIGINT", "timestamp": "TIMESTAMP", "date": "DATE"}
        return f"DECIMAL({self.precision},{self.scale})" if self.type == "decimal" else fixed.get(self.type, "VARCHAR")

    @property
    def limit(self) -> Decimal:
        """The number from which on a decimal finds no room in the column."""
        return Decimal(1).scaleb(self.precision - self.scale)

    @model_validator(mode="before")
    @classmethod
    def _classed(cls, said: dict[str, Any]) -> dict[str, Any]:
        """Where nothing is said, what is personal to landing is personal data."""
        return {"data_class": "personal", **said} if said.get("personal") else said

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if sum((bool(self.header), self.constant is not None, self.absent)) != 1:
            raise ValueError(f"column {self.name}: give exactly one of header, constant, absent")
        if self.type in ("enum", "boolean") and not self.values and not self.absent:
            raise ValueError(f"column {self.name}: type {self.type} needs `values` (source word: our word)")
        if self.type == "phone" and self.personal is None:
            raise ValueError(f"column {self.name}: a phone is personal data: say `personal: token` or `drop`")
        if self.type == "place" and self.personal != "token":
            raise ValueError(f"column {self.name}: a place is an address: say `personal: token`")
        if self.personal == "fingerprint" and self.type != "text":
            raise ValueError(f"column {self.name}: only a `text` can become a fingerprint")
        if self.personal and self.data_class == "general":
            raise ValueError(f"column {self.name}: what is `personal` is no general data")
        if self.data_class == "sensitive" and not self.personal:
            raise ValueError(f"column {self.name}: sensitive data does not travel on: say `personal: drop` or another")
        if self.unsigned and self.type != "decimal":
            raise ValueError(f"column {self.name}: only a `decimal` can have been read as `unsigned`")
        if self.unsigned and self.unsigned.step % Decimal(1).scaleb(-self.scale):
            raise ValueError(f"column {self.name}: the step of `unsigned` needs more than {self.scale} decimals")
        if self.pattern is not None:
            re.compile(self.pattern)
        return self


class Arrives(Strict):
    """How the feed comes and when it counts as late."""

    how: Literal["file", "http", "mqtt"]
    pattern: str
    schedule: str
    late_after_hours: int
    truncated_after_minutes: int = 10


class Format(Strict):
    """The form of the file. `header_row` counts from 1; rows above it are titles, rows with a footer word totals.

    A header of two rows (`header_rows: 2`) begins at `header_row`; its names are `upper/lower`. Kind `xlsx` is any
    workbook - xlsx, xls, or an HTML table under the name of one - told apart by its bytes; HTML has no sheets, there
    the table that holds the header is read.
    """

    kind: Literal["csv", "xlsx", "jsonl"]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=20)] = 1
    header_rows: Literal[1, 2] = 1
    footer: list[str] = []
    ignore: list[str] = []


DottedPath = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]


class Envelope(Strict):
    """Where an answer of an API says that it succeeded, holds its records and counts them: dotted paths."""

    code: DottedPath
    success: str
    records: DottedPath
    total: DottedPath | None = None


class Window(Strict):
    """The parameters that ask for what is new since the last pull; each pull looks back, for rows appear late."""

    since: str
    until: str
    format: str = "%Y-%m-%d %H:%M:%S"
    start: date
    overlap_hours: Annotated[float, Field(gt=0)] = 2


class Collect(Strict):
    """How the pages of an API are asked for. Server and token are settings of the installation, never of a contract."""

    path: Annotated[str, Field(pattern=r"^/[\w~.-][\w~./-]*$")]
    method: Literal["get", "post"] = "get"
    page: str
    size: str
    page_size: Annotated[int, Field(ge=1, le=10_000)]
    first_page: Annotated[int, Field(ge=0, le=1)] = 1
    envelope: Envelope
    window: Window | None = None


class Seal(Strict):
    """When a segment of messages is full: by age, size or count, whichever comes first."""

    seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    bytes: Annotated[int, Field(ge=1 << 10, le=1 << 30)] = 64 << 20
    messages: Annotated[int, Field(ge=1, le=5_000_000)] = 500_000


class Messages(Strict):
    """Which messages of the broker are the feed's. The broker itself is a setting of the installation.

    `point_level` is the level of the topic, from 1, that names the point; it becomes the member `citypulse_point`.
    """

    topic: Annotated[str, Field(pattern=r"^([^+#/\s$][^+#/\s]*|[+])(/([^+#/\s]+|[+]))*(/#)?$")]
    qos: Literal[1] = 1
    point_level: Annotated[int, Field(ge=1)] | None = None
    largest_payload: Annotated[int, Field(ge=64, le=1 << 20)] = 16 << 10
    seal: Seal = Seal()

    @model_validator(mode="after")
    def _level_is_there(self) -> Messages:
        if self.point_level and (["", *self.topic.split("/")][self.point_level : self.point_level + 1] != ["+"]):
            raise ValueError("`point_level` counts the levels of `topic` from 1 and must meet a `+`")
        return self


class Sharing(Strict):
    """Whether other offices may have the rows (政务数据共享条例, State Council Order 809), on what basis, and whether
    the owner has confirmed it. What nobody has graded is not shared.
    """

    attribute: SharingAttribute = "not_shared"
    basis_zh: str = "尚未定级，暂不共享"
    basis_en: str = "not graded yet: not shared for now"
    is_confirmed: bool = False


class Tolerate(Strict):
    """How much may be wrong with a delivery before its numbers are not published."""

    quarantined_share: Annotated[float, Field(ge=0, le=1)]


class Example(Strict):
    """One invented source row and what must become of it: the contract's own test."""

    source: dict[str, Any]
    becomes: dict[str, Any] | None = None
    quarantined: dict[str, str | None] | None = None

    @model_validator(mode="after")
    def _one_fate(self) -> Example:
        if (self.becomes is None) == (self.quarantined is None):
            raise ValueError("an example says either `becomes` or `quarantined`")
        return self


class Contract(Strict):
    """A whole contract. `key` names a row, `version` orders its versions, `event_time` gives its business date."""

    feed: Annotated[str, Field(pattern=SNAKE)]
    domain: Literal["hotline", "heating", "grid", "mediation", "safety", "property", "capacity", "quality"]
    name_zh: str
    name_en: str
    owner_zh: str
    owner_en: str
    source_system: Annotated[str, Field(pattern=r"^[A-Z0-9_]+$")]
    sharing: Sharing = Sharing()
    arrives: Arrives
    collect: Collect | None = None
    messages: Messages | None = None
    format: Format
    key: list[str]
    version: str | None = None
    event_time: str
    columns: list[Column]
    tolerate: Tolerate
    examples: list[Example]

    @property
    def kept(self) -> list[Column]:
        """Columns of the landing table, in order."""
        return [column for column in self.columns if column.is_kept]

    @property
    def compared(self) -> list[str]:
        """Names of the columns by which a row is told from its repetition."""
        return [column.name for column in self.kept if column.compared]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def partition_format(self) -> str:
        """strftime form of a landing partition: readings come by day; cases change for weeks: theirs is the month.

        Registers and daily figures are few rows on many dates: a folder for each would cost more than its rows.
        """
        if self.event_time not in self.key:
            return "%Y-%m"
        return "%Y-%m-%d" if self.column(self.event_time).type == "timestamp" else "%Y"

    @model_validator(mode="after")
    def _holds_together(self) -> Contract:
        names = [column.name for column in self.columns]
        headers = [header for column in self.columns for header in column.header]
        problems = [f"column {name} stands twice" for name in {n for n in names if names.count(n) > 1}]
        problems += [f"header {header} stands twice" for header in {h for h in headers if headers.count(h) > 1}]
        problems += [
            f"column name {name} is reserved for landing"
            for name in names
            if name in (*LANDING_COLUMNS, "business_period")
        ]
        kept = {column.name: column for column in self.columns if column.is_kept}
        for name in [*self.key, self.event_time, *([self.version] if self.version else [])]:
            if name not in kept:
                problems.append(f"{name} is used as key, version or event time but is not a kept column")
            elif not kept[name].required:
                problems.append(f"{name} is used as key, version or event time and must be `required: true`")
        if self.event_time in kept and kept[self.event_time].type not in ("timestamp", "date"):
            problems.append(f"event_time {self.event_time} must be a timestamp or a date")
        if self.format.kind == "xlsx" and not self.format.sheet:
            problems.append("an xlsx feed names its `sheet`")
        if (self.arrives.how == "http") != (self.collect is not None):
            problems.append("`how: http` and a `collect` section go together")
        if (self.arrives.how == "mqtt") != (self.messages is not None):
            problems.append("`how: mqtt` and a `messages` section go together")
        if not self.messages and any(header.startswith(OWN_MEMBER) for header in headers):
            problems.append(f"only a feed of messages has members that begin with {OWN_MEMBER}")
        problems += [f"key {name} must be compared" for name in self.key if name in kept and not kept[name].compared]
        for column in kept.values():
            if column.seen_at and (column.seen_at not in kept or kept[column.seen_at].type != "timestamp"):
                problems.append(f"{column.name}: `seen_at` names a timestamp that is kept")
        if (self.collect or self.messages) and (self.format.kind, self.format.encoding) != ("jsonl", "utf-8"):
            problems.append("a collected feed is `kind: jsonl` in utf-8: that is what the collector writes")
        if len(self.examples) < 2:
            problems.append("give at least two examples: they are the contract's test")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def load_contract(path: Path) -> Contract:
    """Read one contract. Raises ContractError naming the file, the place and what is wrong there."""
    return _read_contract(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read_contract(path: Path, changed_ns: int) -> Contract:
    """Read once per change of the file: the inbox is looked at twice a second."""
    try:
        contract = Contract.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path.name}: not readable as UTF-8 YAML.", next_step="repair the file.") from error
    except ValidationError as error:
        places = [
            f"{'.'.join(map(str, e['loc'])) or 'contract'}: {e['msg']}" for e in error.errors(include_input=False)
        ]
        raise ContractError(
            f"{path.name}: {'; '.join(places)}.", next_step="correct these lines, then `citypulse contracts lint`."
        ) from error
    if contract.feed != path.stem:
        raise ContractError(f"{path.name}: says `feed: {contract.feed}`.", next_step="name file and feed alike.")
    return contract


def load_contracts(settings: Settings) -> dict[str, Contract]:
    """All contracts of this installation by feed; those of the city replace the built-in ones of the same name."""
    found: dict[str, Path] = {}
    for folder in settings.contract_dirs:
        for path in sorted(folder.glob("*.yml")):
            found.setdefault(path.stem, path)
    if not found:
        raise ContractError("No contracts found.", next_step="put one YAML file per feed into `feeds/`.")
    return {feed: load_contract(path) for feed, path in sorted(found.items())}
