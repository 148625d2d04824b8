"""Addresses become tokens of their building, texts become fingerprints, and lost phones are counted."""

from __future__ import annotations

import hashlib
import random
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from ingestion.address import LONGEST, building
from ingestion.contract import Column, load_contracts
from ingestion.fingerprint import hashes_of, with_fingerprints
from ingestion.land import land_feed
from ingestion.receipts import Ledger
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import write_delivery
from tests.feeds.landed import landed

CITY = load_contracts(load_settings())["hotline_city"]
CASE = CITY.examples[0].source


def land(settings: Settings, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Land one case per set of changed cells."""
    rows = [CASE | {"工单编号": f"2026010500{number}"} | change for number, change in enumerate(changes)]
    write_delivery(CITY, rows, settings.inbox / CITY.feed / "a.csv")
    land_feed(settings, CITY.feed)
    return landed(settings, CITY.feed)


@pytest.mark.parametrize(
    ("addresses", "named"),
    [
        (["样例路1号", "样例路１号 ", "样例路1号院", "样例路1号2单元301室", "样例路1号门市"], "样例路1号"),
        (["样例路1号3栋", "样例路 1号，3号楼501室", "样例路1号院3幢2单元", "样例路1号3-2-501"], "样例路1号3号楼"),
        (["样例小区A座1203", "样例小区a座 12层"], "样例小区A号楼"),
        (["样例小区3#楼2单元", "样例小区３＃201", "样例小区3—1—201室"], "样例小区3号楼"),
        (["样例大厦1203室", "样例大厦12层1203", "样例大厦1203", "样例大厦3楼"], "样例大厦"),
        (["样例路12-3号", "样例路12-3号501"], "样例路12-3号"),
        (["地铁2号线样例站"], "地铁2号线样例站"),
        (["301室", "\u3000", "——", "不详"], ""),
    ],
)
def test_flats_of_one_house_name_one_building(addresses: list[str], named: str) -> None:
    assert {building(address) for address in addresses} == {named}


@pytest.mark.parametrize("piece", ["1", "1-", "三", "A1,"])
def test_a_text_without_end_where_an_address_belongs_costs_no_time(piece: str) -> None:
    begun = time.process_time()
    assert len(building("样例路1号" + piece * 500_000)) <= LONGEST
    assert len(building(piece * 500_000)) <= LONGEST
    assert time.process_time() - begun < 5, "it would take hours if all of it were looked at"


def test_a_place_token_is_keyed_and_says_which_building_only(settings: Settings) -> None:
    rows = land(
        settings,
        *({"事发地址": a} for a in ("样例路1号3栋201", "样例路１号3号楼５０２室", "样例路1号4栋", "", "301室")),
    )
    first, same, other, *none = [row["place_token"] for row in rows]
    assert first == same != other
    assert first.startswith("v1:")
    assert none == [None, None]


def secret_number(name: str) -> int:
    """Stands for the key of an installation."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


HASHES = hashes_of(secret_number)


def fingerprints(*texts: str | None) -> list[str | None]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS words, generate_subscripts(?, 1) AS n", [list(texts)] * 2
        )
        found = connection.execute(
            f"SELECT words FROM {with_fingerprints(['words'], 't', HASHES)} ORDER BY n"
        ).fetchall()
    return [value for (value,) in found]


def likeness(first: str | None, second: str | None) -> int:
    """How many of the eight bytes agree."""
    return sum(a == b for a, b in zip(bytes.fromhex(str(first)), bytes.fromhex(str(second)), strict=True))


def plain_fingerprint(text: str, hashes: list[tuple[int, int]] = HASHES) -> str:
    """The independent model: the definition, one text at a time."""
    pairs = [(ord(a) * (1 << 21) + ord(b)) % 2_147_483_647 for a, b in pairwise(text)]
    return "".join(f"{min((pair * a + b) % 2_147_483_647 for pair in pairs) % 256:02x}" for a, b in hashes)


def test_a_fingerprint_never_changes_its_meaning() -> None:
    assert fingerprints("样例室温过低", "heating") == [plain_fingerprint("样例室温过低"), plain_fingerprint("heating")]
    assert fingerprints("样例室温过低请尽快处理") == ["c0352839f7f169de"]


def test_digits_blanks_marks_and_width_do_not_enter_a_fingerprint() -> None:
    spoken = [
        "样例室温低ABC",
        "样例，室温 低\u3000ＡＢＣ",
        "样例室温低（10000000001）abc",
        "１２栋样例室温低abc".replace("栋", ""),
        "一三八零零一二三四五六样例室温低abc",
    ]
    assert len(set(fingerprints(*spoken))) == 1


def test_without_the_key_nobody_can_try_texts_out() -> None:
    other = hashes_of(lambda name: secret_number(f"another {name}"))
    assert other != HASHES
    assert plain_fingerprint("样例室温过低", other) != plain_fingerprint("样例室温过低")


def test_too_little_text_has_no_fingerprint() -> None:
    assert fingerprints("室温低", "1234567", None, "", "室温过低")[:4] == [None] * 4


def test_alike_texts_have_alike_fingerprints() -> None:
    text = "样例小区三号楼二单元居民反映家中室温长期不达标多次联系供热企业未得到答复请有关部门尽快处理"
    near, far = (
        text.replace("小区", "家园"),
        "路口信号灯损坏车辆排队过长建议安排人员现场疏导并尽快修复设备恢复通行秩序",
    )
    same, close, other = (likeness(*fingerprints(text, second)) for second in (text, near, far))
    assert same == 8
    assert close >= 5
    assert other <= 2


def test_ten_thousand_texts_have_as_many_fingerprints() -> None:
    chance = random.Random(1)
    letters = [chr(0x4E00 + n) for n in range(3000)]
    texts = ["".join(chance.choices(letters, k=120)) for _ in range(10_000)]
    found = fingerprints(*texts)
    assert len(set(found)) == len(found)


def test_the_text_itself_does_not_land(settings: Settings) -> None:
    row, short = land(settings, {}, {"诉求内容": "样例"})
    assert len(row["content_fingerprint"]) == 16
    assert short["content_fingerprint"] is None


def test_a_phone_that_lost_its_digits_costs_its_token_not_its_row(settings: Settings) -> None:
    phones = ["1.38E+10", "１.３８e10", "无", "", "100-0000-0001"]
    rows = land(settings, *({"联系电话": phone} for phone in phones))
    assert [row["caller_token"] is None for row in rows] == [True, True, True, True, False]
    flags = Ledger(settings, CITY.feed).receipts[-1].flags
    assert flags == {"caller_token|phone_scientific": 2, "caller_token|phone_unreadable": 1}


@pytest.mark.parametrize(
    "said",
    [
        {"type": "place"},
        {"type": "place", "personal": "drop"},
        {"type": "name", "personal": "fingerprint"},
        {"type": "phone"},
    ],
)
def test_a_contract_cannot_let_personal_data_through(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Column.model_validate({"name": "a", "header": ["甲"], "meaning_zh": "甲", "meaning_en": "a"} | said)


def test_no_address_or_text_is_left_anywhere_outside_the_vault(settings: Settings) -> None:
    planted = {"事发地址": "独此一处路77号9栋", "诉求内容": "独此一份的诉求内容不得外流"}
    land(settings, planted)
    found = [path for path in Path(settings.home).rglob("*") if path.is_file() and settings.vault not in path.parents]
    assert found
    for path in found:
        assert not any(
            word.encode(encoding) in path.read_bytes() for word in planted.values() for encoding in ("utf-8", "gb18030")
        )
