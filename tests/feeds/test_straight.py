"""The straight way is seen by nobody: whatever is delivered, it lands as the slow way lands it."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ingestion import straight, vault
from ingestion.contract import load_contracts
from ingestion.land import land_feed
from ingestion.receipts import all_receipts
from ingestion.settings import Settings
from ingestion.straight import Straight
from tests.feeds.forms import seal
from tests.feeds.landed import landed, set_aside

FEED = "heating_room_temperature"
HEADER = "point_id,measured_at,temperature,room_type,customer_status,street_code,enterprise"
ENDLESS = 1 << 60
WORLDS = 60
ODD_CELLS: list[list[str]] = [
    ["", "P 1", " P00001", "p.1", "2.02E+17", "'00012", "Ｐ００００１", "??", "P1\ufffd", "P\u3000", "00012"],
    [
        *["", "2026-01-05", "2026/01/05 08:00:00", "2026-01-05T08:00:00", "2026-01-05 08:00:61", "1999-01-05 08:00:00"],
        *["2099-01-05 08:00:00", "infinity", "２０２６-01-05 08:00:00", " 2026-01-05 08:00:00", "2026-01-06 00:00:00"],
    ],
    [
        "",
        "NaN",
        "17.996",
        "17.960",
        "18",
        "+18.5",
        "1e1",
        "１８.５",
        " 18.25",
        "1234.5",
        "-3.2",
        "999.99",
        ".5",
        "6553.3",
    ],
    ["", "Bedroom", "bedroom ", "卧室", "??", "ｂｅｄｒｏｏｍ"],
    ["", "ON", "on ", "停", "suspended"],
    ["", "21020200", "２１０２０２００１", "210202001 ", "2102020011", "2.10E+8"],
    ["", " 样例 ", "样例??", "锟斤拷公司", "1390" + "0" * 7, f"联系{138}{'0' * 8}", "样例\u00a0", "\u3000样例"],
]
ODD_LINES = ["", "a,b", "1,2,3,4,5,6,7,8", ",,,,,,", '"quoted",2026-01-05 08:00:00,18.5,bedroom,on,210202001,样例']
TAILS = [",", ',""', "\r", " "]


def good_row(dice: random.Random) -> list[str]:
    moment = (
        f"2026-01-{dice.choice(['05', '05', '05', '06'])} {dice.randrange(24):02}:{dice.choice(['00', '15', '30'])}:00"
    )
    kind = dice.choice(["bedroom", "living", "other"])
    return [
        f"P{dice.randrange(900, 999):05}",
        moment,
        f"{dice.uniform(-9, 30):.2f}",
        kind,
        "on",
        "210202001",
        "样例热力",
    ]


def nasty_file(dice: random.Random, number: int, earlier: list[str]) -> list[str]:
    """Lines of one delivery: mostly good, some of them odd, some of them repeated or changed."""
    day = dice.choice(["05", "06", "05"])
    first = dice.choice([0, number, number, number]) * 100
    times = [f"2026-01-{day} {hour:02}:{minute}:00" for hour in range(24) for minute in ("00", "30")]
    rows = [
        [f"P{point:05}", time, f"{dice.uniform(-9, 30):.2f}", "bedroom", "on", "210202001", "样例热力"]
        for time in dice.sample(times, 6)
        for point in range(first, first + dice.choice([15, 40]))
    ]
    if dice.random() < 0.2:
        rows += [good_row(dice) for _ in range(5)]
    for _ in range(dice.choice([0, 0, 1, 2, 5])):
        column = dice.choice([0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 6])
        rows[dice.randrange(len(rows))][column] = dice.choice(ODD_CELLS[column])
    lines = [",".join(row) for row in rows]
    if dice.random() < 0.15:
        lines[dice.randrange(len(lines))] = dice.choice(ODD_LINES)
    if dice.random() < 0.1:
        lines[dice.randrange(len(lines))] += dice.choice(TAILS)
    if dice.random() < 0.15:
        lines += dice.sample(lines, 2)
    if earlier and dice.random() < 0.3:
        lines += dice.sample(earlier, min(len(earlier), 4))
    return lines


def deliver(settings: Settings, name: str, lines: list[str], end: str) -> None:
    path = settings.inbox / FEED / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(end.join([HEADER, *lines, ""]).encode())
    seal(path)


def outcome(settings: Settings) -> tuple[list[Any], list[Any], list[Any]]:
    """All that landing leaves behind, without the moments at which it happened."""
    rows = [{name: value for name, value in row.items() if name != "recorded_at"} for row in landed(settings, FEED)]
    receipts = [{**asdict(receipt), "recorded_at": None} for receipt in all_receipts(settings)]
    return rows, sorted(set_aside(settings, FEED), key=str), receipts


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Small pieces, so that few lines make several; and a note of which deliveries went straight."""
    found: list[bool] = []
    whole = Straight.take

    def noted(self: Straight, *arguments: Any) -> bool:
        found.append(whole(self, *arguments))
        return found[-1]

    monkeypatch.setattr(straight, "PIECE", 2000)
    monkeypatch.setattr(vault, "CHUNK", 700)
    monkeypatch.setattr(Straight, "take", noted)
    return found


@pytest.mark.parametrize("part", range(4))
def test_both_ways_land_the_same(
    part: int, settings: Settings, monkeypatch: pytest.MonkeyPatch, taken: list[bool], tmp_path: Path
) -> None:
    for seed in range(part * WORLDS // 4, (part + 1) * WORLDS // 4):
        dice = random.Random(seed)
        homes = [replace(settings, home=tmp_path / f"{way}_{seed}") for way in ("straight", "slow")]
        earlier: list[str] = []
        for number in range(3):
            lines, end = nasty_file(dice, number, earlier), dice.choice(["\n", "\n", "\r\n"])
            earlier = lines
            for home, worth in zip(homes, (0, ENDLESS), strict=True):
                monkeypatch.setattr(straight, "WORTH", worth)
                deliver(home, f"{number}.csv", lines, end)
                land_feed(home, FEED)
        assert outcome(homes[0]) == outcome(homes[1]), f"seed {seed}"
    assert sum(taken) > 6, "too few deliveries went straight for the comparison to say anything"


def test_bad_rows_do_not_stop_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    monkeypatch.setattr(straight, "WORTH", 0)
    lines = [f"P{number:05},2026-01-05 08:00:00,18.50,bedroom,on,210202001,样例热力" for number in range(100)]
    lines[40] = lines[40].replace("18.50", "NaN")
    lines[60] = lines[60].replace("18.50", "１８.５０")
    deliver(settings, "day.csv", lines, "\n")
    (receipt,) = land_feed(settings, FEED).receipts
    assert taken == [True]
    assert (receipt.landed, receipt.quarantined) == (99, 1)
    assert set_aside(settings, FEED) == [(42, "temperature_c", "not_a_number")]
    assert sorted(row["row_no"] for row in landed(settings, FEED)) == [n for n in range(2, 102) if n != 42]


def test_the_built_in_readings_feed_goes_straight(settings: Settings) -> None:
    assert straight.is_straight(load_contracts(settings)[FEED])
