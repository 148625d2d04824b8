"""Replay of the heating figures (F001 to F009): two seasons of complaints, points, stations, penalties, coal, pipes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from simulator.replay.ledger import Ledger
from simulator.replay.places import Places
from simulator.replay.rows import Named

AREA, DISTRICT = "210203", "西岗区"
SEASONS = {"denominator": date(2021, 11, 5), "numerator": date(2022, 11, 5)}
SEASON_DAYS = 152
YEARS = {"denominator": 2021, "numerator": 2022}
FIRST = date(2022, 10, 20)
LAST = datetime(2023, 9, 30, 10)  # the last day that a document of the ledger speaks of
COMPANIES = [f"模拟热力{n}公司" for n in range(1, 13)]
PLANNED_COAL = date(2022, 10, 31)


def spread(count: int, first: date, days: int) -> Iterator[datetime]:
    """`count` moments, as evenly as can be: no day without one, so that no day is taken for an outage."""
    for n in range(count):
        yield datetime.combine(first, time()) + timedelta(seconds=n * days * 86_400 // count)


def city_case(number: str, category: str, at: datetime) -> Named:
    return {
        "case_no": number, "channel": "phone", "request_type": "help", "category_name": category, "urgency": "normal",
        "is_confidential": False, "is_anonymous": False, "district_name": DISTRICT, "status": "received",
        "received_at": at, "updated_at": at,
    }  # fmt: skip


def city_cases(ledger: Ledger, places: Places) -> Iterator[Named]:
    for part, first in SEASONS.items():
        for n, at in enumerate(spread(ledger.part("F002a", part), first, SEASON_DAYS)):
            yield city_case(f"H{first.year}{n:05d}", "供热", at)
    for part, year in YEARS.items():
        for n, at in enumerate(spread(ledger.part("F009a", part), date(year, 1, 1), 365)):
            yield city_case(f"W{year}{n:05d}", "物业", at)
    yield city_case("Z1", "城市管理", LAST)


def direct_line(ledger: Ledger, places: Places) -> Iterator[Named]:
    for part, first in SEASONS.items():
        for n, at in enumerate(spread(ledger.part("F001a", part), first, SEASON_DAYS)):
            yield _direct(f"S{first.year}{n:05d}", at)
    yield _direct("S1", LAST)


def _direct(number: str, at: datetime) -> Named:
    return {"case_no": number, "enterprise_name": COMPANIES[0], "district_name": DISTRICT, "received_at": at}


def room_points(ledger: Ledger, places: Places) -> Iterator[Named]:
    for n in range(ledger.count("F003a")):
        yield {"point_id": f"P{n:05d}", "valid_from": FIRST, "point_status": "in_use", "customer_status": "on",
               "room_type": "bedroom", "enterprise_name": COMPANIES[n % 12],
               "street_code": places.street(AREA)}  # fmt: skip


def station(n: int, places: Places) -> Named:
    return {"station_id": f"S{n:04d}", "valid_from": FIRST, "station_status": "in_use",
            "enterprise_name": COMPANIES[n % 12], "street_code": places.street(AREA), "heated_area_m2": 100_000,
            "heated_households": 1200}  # fmt: skip


def stations(ledger: Ledger, places: Places) -> Iterator[Named]:
    return (station(n, places) for n in range(ledger.part("F004a", "denominator")))


def station_readings(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Every connected station is heard on a morning of January and on the last of the season."""
    for day in (date(2023, 1, 5), date(2023, 4, 5)):
        for n in range(ledger.part("F004a", "numerator")):
            yield {"station_id": f"S{n:04d}", "measured_at": datetime.combine(day, time(8)), "supply_primary_c": 90,
                   "supply_secondary_c": 45, "return_secondary_c": 38, "pump_state": "on"}  # fmt: skip


def actions(ledger: Ledger, places: Places) -> Iterator[Named]:
    """One company more decisions than companies, for one is penalised twice; a routine inspection is none."""
    fined = COMPANIES[: ledger.count("F005a")]
    for n, company in enumerate([*fined, fined[0]]):
        yield _action(f"C{n}", "penalty", company, "penalised", datetime(2022, 12, 5, 9))
    yield _action("C99", "routine", COMPANIES[10], "compliant", datetime(2022, 12, 1, 10))


def _action(number: str, mechanism: str, company: str, result: str, done: datetime) -> Named:
    return {"action_no": number, "mechanism": mechanism, "enterprise_name": company, "done_at": done, "result": result,
            "triggered_at": datetime(2022, 12, 1, 9), "updated_at": datetime(2022, 12, 5, 9)}  # fmt: skip


def coal(ledger: Ledger, places: Places) -> Iterator[Named]:
    """The yards fill one after the other; the last is full as many days before the plan as was published."""
    full = PLANNED_COAL + timedelta(days=int(ledger.number("F006a")))
    each = ledger.part("F006b", "denominator") // len(COMPANIES)
    for n, company in enumerate(COMPANIES):
        for day, stock in ((date(2022, 9, 20), each // 2 + 40 * n), (full - timedelta(days=11 - n), each)):
            yield {"enterprise_name": company, "stock_date": day, "planned_tonnes": each, "stock_tonnes": stock,
                   "planned_date": PLANNED_COAL}  # fmt: skip


def pipes(ledger: Ledger, places: Places) -> Iterator[Named]:
    for n in range(25):
        yield {"project_no": f"R{n}", "report_date": date(2023, 4, 14), "enterprise_name": COMPANIES[n % 12],
               "planned_km": ledger.number("F007a") / 25, "done_km": "1.1",
               "planned_date": date(2023, 6, 30)}  # fmt: skip
