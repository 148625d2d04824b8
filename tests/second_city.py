"""The seeds of a second city: ten invented districts, one functional zone, a boundary change; nothing of it exists.

Written into a folder for `CITYPULSE_CITY`. The numbers of its areas are no codes of the national statistics.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

PREFIX = "9901"
CITY = f"{PREFIX}00"
ZONE = f"{PREFIX}Z1"
NAMES = "甲乙丙丁戊己庚辛壬癸"
STREETS, COMMUNITIES = 3, 4
SOURCE = "虚构城市，仅供测试 / invented city, for tests only"


def write_second_city(folder: Path) -> Path:
    """Fill `folder/seeds` with the seeds that name areas; every other seed stays the built-in one."""
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    streets = [
        (f"{code}{n:03d}", code, f"{name}字{n}街道") for code, name in _districts() for n in range(1, STREETS + 1)
    ]
    areas = [(CITY, "city", "样例市", "Sample City", "", SOURCE)]
    areas += [(code, "district", f"{name}字区", f"District {code[-2:]}", CITY, SOURCE) for code, name in _districts()]
    areas += [(ZONE, "zone", "样例新区", "Sample New Area", CITY, SOURCE)]
    areas += [(code, "street", name, "", district, SOURCE) for code, district, name in streets]
    areas += [
        (f"{code}{n:03d}", "community", f"{name}第{n}社区", "", code, SOURCE)
        for code, _, name in streets
        for n in range(1, COMMUNITIES + 1)
    ]
    _write(seeds / "area.csv", ("area_code", "level", "name_zh", "name_en", "parent_code", "source"), areas)
    aliases = [("", name, code) for code, level, name, *_ in areas if level in ("city", "district", "zone")]
    aliases += [("", name, code) for code, level, name, *_ in areas if level == "street"]
    aliases += [
        (f"{district}字区", name, code) for code, of, name in streets for c, district in _districts() if c == of
    ]
    aliases += [("样例新区", name, code) for code, _, name in streets if _region(code) == ZONE]
    _write(seeds / "area_alias.csv", ("parent_name", "name", "area_code"), aliases)
    _write(
        seeds / "area_jurisdiction.csv",
        ("street_code", "region_code", "valid_from", "valid_to", "is_confirmed", "note"),
        [(code, _region(code), "2010-01-01", "", "true", "") for code, *_ in streets],
    )
    _write(
        seeds / "households.csv",
        ("district_code", "heated_households", "households", "valid_from", "valid_to", "source"),
        [
            (code, 20_000 + 5_000 * n, 30_000 + 6_000 * n, "2000-01-01", "", SOURCE)
            for n, (code, _) in enumerate(_districts())
        ],
    )
    return folder


def _districts() -> list[tuple[str, str]]:
    return [(f"{PREFIX}{n:02d}", name) for n, name in enumerate(NAMES, 2)]


def _region(street: str) -> str:
    """The zone administers one street of each of the first two districts, so its code is no prefix of theirs."""
    return ZONE if street in (f"{PREFIX}02001", f"{PREFIX}03001") else street[:6]


def _write(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([head, *rows])
