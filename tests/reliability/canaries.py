"""Canary persons: nobody's names and numbers, planted wherever a sender could put a person; `search` looks for them.

Where they go follows from the contracts, so a new column is covered by itself. They are told by a stem each: two
characters that stand in no other text, a mobile number of segment 154 (no operator has it), an ID card number of a
region that does not exist, an address under a name kept from use.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.contract import Column, Contract, load_contracts
from ingestion.settings import Settings
from tests.feeds.forms import Row, headers, seal, write_delivery

STEM, MOBILE, IDENTITY, MAIL = "\u9f98\u9750", "154" + "77190", "990101" + "19500101", "@canary.invalid"
STEMS = (STEM, MOBILE, IDENTITY, MAIL)
DIGITS = "甲乙丙丁戊己庚辛壬癸"
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NARROW = {wide: narrow for narrow, wide in WIDE.items()}
PADDING, ROWS_A_FILE = 8, 4  # sound rows in a file, so that what is set aside stays within what a contract tolerates


@dataclass(frozen=True)
class Person:
    """One who does not exist, known by a number below 1000 that stands in all that is told of them."""

    number: int

    @property
    def name(self) -> str:
        return STEM + "".join(DIGITS[int(digit)] for digit in f"{self.number:03d}")

    @property
    def mobile(self) -> str:
        return f"{MOBILE}{self.number:03d}"

    @property
    def identity(self) -> str:
        return f"{IDENTITY}{self.number:03d}X"

    @property
    def mobile_as_written(self) -> str:
        """As people write numbers: plain, in groups, with the country's code, with wide digits."""
        first, second, third = self.mobile[:3], self.mobile[3:7], self.mobile[7:]
        ways = (self.mobile, f"{first}-{second}-{third}", f"{first} {second} {third}", self.mobile.translate(WIDE))
        return (*ways, f"+86 {self.mobile}")[self.number % 5]

    @property
    def address(self) -> str:
        return f"{STEM}路{self.number + 1}号2单元{self.number + 101}室{self.name}家"

    @property
    def words(self) -> str:
        """What a caller says, on one line and without what a CSV must quote."""
        mail = f"p{self.number}{MAIL}"
        return f"{self.name}住{self.address}；电话{self.mobile_as_written}；身份证{self.identity}；邮箱{mail}"


@dataclass
class Planted:
    """What was planted: each person in a cell, a head or a name of its own."""

    settings: Settings
    persons: int = 0
    files: int = 0
    fields: set[str] = field(default_factory=set)
    in_names: set[int] = field(default_factory=set)

    def person(self, place: str) -> Person:
        self.fields.add(place)
        self.persons += 1
        assert self.persons <= 1000, "give the canaries a fourth digit"
        return Person(self.persons - 1)

    def file(self, feed: str, ending: str) -> Path:
        """Where the next delivery of a feed goes; its name holds a number, as some offices name files."""
        self.files += 1
        person = self.person("file name")
        self.in_names.add(person.number)
        return self.settings.inbox / feed / f"20260201T09{self.files:04d}_{feed}_{person.mobile}{ending}"

    @property
    def in_contents(self) -> set[int]:
        """The persons that the vault must hold: a name it does not keep, but for those in a zip."""
        return set(range(self.persons)) - self.in_names


def is_free(column: Column) -> bool:
    """Whether a sender can write anything into a column that travels on."""
    return bool(column.header) and column.personal is None and column.type in ("name", "text")


def plant(settings: Settings, feeds: set[str] | None = None, *, refused: bool = True) -> Planted:
    """Deliver canaries to every feed, or to some; `refused`: also in deliveries that must be refused as a whole."""
    planted = Planted(settings)
    for contract in load_contracts(settings).values():
        if feeds is None or contract.feed in feeds:
            _plant_rows(planted, contract)
            if contract.arrives.how == "file" and any(column.personal for column in contract.columns):
                _plant_zip(planted, contract)
            if refused:
                _plant_refused(planted, contract)
    return planted


def _plant_rows(planted: Planted, contract: Contract) -> None:
    """A sound row with a person in each personal column; rows that must be set aside, and a column nobody knows."""
    sound, ending = _sound(planted, contract), contract.arrives.pattern[1:]
    shifted = {h: planted.person(f"{contract.feed} shifted").words for h in headers(contract)}
    aside: list[Row] = [shifted]
    for column in filter(is_free, contract.columns):
        person = planted.person(f"{contract.feed}.{column.name}")
        aside.append(sound | {column.header[0]: (person.mobile, person.identity)[person.number % 2]})
    for start in range(0, len(aside), ROWS_A_FILE):
        path = planted.file(contract.feed, ending)
        write_delivery(contract, [sound] * PADDING + aside[start : start + ROWS_A_FILE], path)
        if contract.format.kind == "csv":
            extra = ",".join([planted.person(f"{contract.feed} line too long").words] * (len(headers(contract)) + 1))
            path.write_bytes(path.read_bytes() + f"{extra}\n".encode(contract.format.encoding))
    stranger = planted.person(f"{contract.feed} unknown column").words
    column = Column(name="stranger", header=[stranger], type="text", meaning_zh="多", meaning_en="more")
    wider = contract.model_copy(update={"columns": [*contract.columns, column]})
    write_delivery(wider, [sound | {stranger: stranger}] * PADDING, planted.file(contract.feed, ending))


def _sound(planted: Planted, contract: Contract) -> Row:
    """The contract's own sound example, with a person in each personal column."""
    row = dict(next(example.source for example in contract.examples if example.becomes is not None))
    for column in contract.columns:
        if column.personal and column.header:
            person = planted.person(f"{contract.feed}.{column.name}")
            said = {"phone": person.mobile_as_written, "place": person.address, "name": person.name}
            row |= {h: said.get(column.type, person.words) for h in column.header if h in row}
    return row


def _plant_zip(planted: Planted, contract: Contract) -> None:
    """The same in a zip, whose member is named after a person too."""
    ending = contract.arrives.pattern[1:]
    member = planted.file(contract.feed, ending)
    write_delivery(contract, [_sound(planted, contract)] * PADDING, member)
    path = planted.file(contract.feed, ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(member, member.name)
    member.with_name(f"{member.name}.ok").unlink()
    member.unlink()
    seal(path)


def _plant_refused(planted: Planted, contract: Contract) -> None:
    """A file without its header row, a person in the place of each head; lines in another encoding; a wrong name."""
    ending = contract.arrives.pattern[1:]
    path = planted.file(contract.feed, ending)
    words = [planted.person(f"{contract.feed} refused").words for _ in headers(contract)[:3]]
    if contract.format.kind == "jsonl":
        path.write_bytes("\n".join([*words, ""]).encode("gb18030"))
        seal(path)
    else:
        heads = [column for column in contract.columns if column.header]
        renamed = [c.model_copy(update={"header": [w]}) for c, w in zip(heads, words, strict=False)]
        headless = contract.model_copy(update={"columns": [*renamed, *heads[len(renamed) :]]})
        write_delivery(headless, [dict.fromkeys(headers(headless), words[0])], path)
    misnamed = planted.file(contract.feed, ".txt")
    misnamed.write_text(planted.person(f"{contract.feed} misnamed").words, encoding="utf-8")
    seal(misnamed)


def persons_in(content: bytes) -> set[int]:
    """Numbers of the canaries whose name, mobile or ID card number a content holds, however the number is written."""
    found: set[int] = set()
    for encoding in ("utf-8", "gb18030"):
        text = content.decode(encoding, errors="replace").translate(NARROW)
        names = re.findall(f"{STEM}([{DIGITS}]{{3}})", text)
        found |= {int("".join(str(DIGITS.index(digit)) for digit in name)) for name in names}
        mobile = f"{MOBILE[:3]}[- ]?{MOBILE[3:7]}[- ]?{MOBILE[7:]}"
        found |= {int(number) for number in re.findall(rf"(?:{mobile}|{IDENTITY})(\d{{3}})", text)}
    return found


def outside_the_vault(home: Path) -> Iterator[Path]:
    """Every file of a home but the two places where persons may be: what came, and its originals."""
    away = (home / "vault", home / "inbox")
    return (p for p in sorted(home.rglob("*")) if p.is_file() and not any(p.is_relative_to(zone) for zone in away))
