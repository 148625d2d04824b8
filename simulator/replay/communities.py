"""Replay of communities, grids and those who work there (F040 to F054, F064, F070, F072, F074 to F076)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from simulator.replay.ledger import Ledger
from simulator.replay.places import CITY, Places
from simulator.replay.rows import Named

BEGUN, SPLIT, RECRUITED = date(2022, 1, 1), date(2023, 1, 1), date(2022, 9, 1)
ZONE, XIGANG, GANJINGZI = "2102Z1", "210203", "210211"
ZONE_RESIDENTS = 300_000  # what 579 workers at 19.3 per 10,000 imply
OTHERS = {XIGANG: 45, GANJINGZI: 100}  # their communities are not published
KIND_OF_GRID = {"F040a": "general", "F040b": "dedicated"}


def codes(ledger: Ledger, places: Places) -> dict[str, list[str]]:
    """The communities of the start by area; those of the whole city less the areas' own stand elsewhere."""
    numbers = OTHERS | {ZONE: ledger.count("F074a")}
    numbers[CITY] = ledger.count("F046a") - sum(numbers.values())
    return {area: [f"{places.street(area)}{n:03d}" for n in range(1, many + 1)] for area, many in numbers.items()}


def added(ledger: Ledger, places: Places) -> list[str]:
    """The communities that came later, numbered from 601 as merged and new ones are."""
    return [f"{places.street(CITY)}{n:03d}" for n in range(700, 700 + ledger.count("F047b"))]


def communities(ledger: Ledger, places: Places) -> Iterator[Named]:
    listed = codes(ledger, places)
    of_zone = dict.fromkeys(listed[ZONE])
    every = [code for found in listed.values() for code in found]
    households = shared(int(ledger.number("F046c")), len(every))
    residents = {ZONE: shared(ZONE_RESIDENTS, len(of_zone))}
    residents[CITY] = shared(int(ledger.number("F046d")) - ZONE_RESIDENTS, len(every) - len(of_zone))
    shares = {area: iter(found) for area, found in residents.items()}
    for code, homes in zip(every, households, strict=True):
        yield _community(code, BEGUN, homes, next(shares[ZONE if code in of_zone else CITY]))
    for code in added(ledger, places):
        yield _community(code, SPLIT, 3200, 7200)


def _community(code: str, day: date, households: int, residents: int) -> Named:
    return {"community_code": code, "valid_from": day, "community_status": "in_use", "street_code": code[:9],
            "community_name": f"模拟{code[-6:]}社区", "households": households,
            "resident_population": residents}  # fmt: skip


def shared(total: int, parts: int) -> list[int]:
    """A whole split as evenly as whole numbers allow."""
    return [total // parts + (n < total % parts) for n in range(parts)]


def grid_codes(ledger: Ledger, places: Places) -> Iterator[tuple[str, str]]:
    """Code and kind of every grid: those of the districts in their communities, the others spread over the rest."""
    listed = codes(ledger, places)
    numbers = {XIGANG: ledger.count("F070a"), GANJINGZI: ledger.count("F072a"), ZONE: 10 * len(listed[ZONE])}
    numbers[CITY] = ledger.count("F040a") - sum(numbers.values())
    homes = listed | {CITY: listed[CITY] + added(ledger, places)}
    for area, many in numbers.items():
        yield from (
            (f"{homes[area][n % len(homes[area])]}{n // len(homes[area]) + 1:03d}", "general") for n in range(many)
        )
    rest = homes[CITY]
    for n in range(ledger.count("F040b")):
        yield f"{rest[n % len(rest)]}{900 + n // len(rest)}", "dedicated"


def grids(ledger: Ledger, places: Places) -> Iterator[Named]:
    for code, kind in grid_codes(ledger, places):
        day = SPLIT if code[9:12] >= "700" else BEGUN
        yield {"grid_code": code, "valid_from": day, "grid_kind": kind, "grid_status": "in_use",
               "community_code": code[:12], "households": 300 if kind == "general" else 0}  # fmt: skip


def phone(n: int) -> str:
    """A number that nobody has."""
    return f"100{n:08d}"


def grid_workers(ledger: Ledger, places: Places) -> Iterator[Named]:
    grid = [code for code, _ in grid_codes(ledger, places)]
    for n in range(ledger.count("F041a")):
        yield {"worker_token": phone(n), "grid_code": grid[n % len(grid)], "valid_from": SPLIT,
               "worker_status": "on_duty", "post": "full_time"}  # fmt: skip


def workers(ledger: Ledger, places: Places) -> Iterator[Named]:
    """The zone's workers with their degrees and ages, the city's others, those recruited since, cadres and police."""
    listed, numbers = codes(ledger, places), count(1_000_000)
    certified = iter(range(ledger.part("F064e", "numerator")))
    recruits, zone = ledger.count("F075a"), ledger.count("F074b")

    def person(kind: str, area: str, day: date, *, education: str = "college", young: bool = True) -> Named:
        n = next(numbers)
        is_worker = kind in ("community_worker", "recruited_worker")
        return {"worker_token": phone(n), "valid_from": day, "worker_status": "in_post", "worker_kind": kind,
                "community_code": listed[area][n % len(listed[area])], "post": "full_time" if is_worker else None,
                "age_band": "from_35" if young else "from_45", "education": education,
                "has_post_certificate": is_worker,
                "has_national_certificate": is_worker and next(certified, None) is not None}  # fmt: skip

    degrees = _degrees(ledger)
    young = ledger.part("F076c", "numerator")
    for n, education in enumerate(degrees):
        kind = "recruited_worker" if n < recruits else "community_worker"
        yield person(kind, ZONE, BEGUN, education=education, young=n < young)
    for _ in range(ledger.count("F046b") - zone):
        yield person("community_worker", CITY, BEGUN)
    for _ in range(ledger.count("F052b") - recruits):
        yield person("recruited_worker", CITY, RECRUITED)
    for kind, figure in (("cadre", "F052a"), ("police", "F052c")):
        for _ in range(ledger.count(figure)):
            yield person(kind, CITY, RECRUITED)


def _degrees(ledger: Ledger) -> list[str]:
    """One degree for each worker of the zone, recruits first: as many postgraduates and bachelors as published."""
    zone, recruits = ledger.count("F074b"), ledger.count("F075a")
    new_masters = ledger.part("F075c", "numerator")
    new_bachelors = ledger.part("F075b", "numerator") - new_masters
    masters = ledger.count("F076d") - new_masters
    bachelors = ledger.part("F076a", "numerator") - new_masters - new_bachelors - masters
    groups = (
        ("postgraduate", new_masters), ("bachelor", new_bachelors), ("college", recruits - new_masters - new_bachelors),
        ("postgraduate", masters), ("bachelor", bachelors), ("college", zone - recruits - masters - bachelors),
    )  # fmt: skip
    return [education for education, many in groups for _ in range(many)]


def training(ledger: Ledger, places: Places) -> Iterator[Named]:
    """The sessions of the grid workers in 2022, nobody twice in one; then those of the community workers in 2023."""
    persons, seats = ledger.count("F041a"), count()
    for session, many in enumerate(shared(ledger.count("F043b"), ledger.count("F043a"))):
        day = date(2022, 1 + session * 12 // ledger.count("F043a"), 1 + session % 28)
        yield from (_attended(f"T{session:04d}", day, "grid_worker", next(seats) % persons) for _ in range(many))
    for n in range(ledger.count("F064c")):
        yield _attended(f"C{n // 100:04d}", date(2023, 3, 1 + n // 100 % 28), "community_worker", 1_000_000 + n)


def _attended(session: str, day: date, audience: str, n: int) -> Named:
    return {"session_no": session, "trained_on": day, "training_level": "city", "audience": audience,
            "worker_token": phone(n)}  # fmt: skip
