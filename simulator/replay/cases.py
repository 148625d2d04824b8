"""Replay of disputes, hazards, public security, livelihood, services, the programme, catalogues, activities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from simulator.replay.communities import shared
from simulator.replay.ledger import Ledger
from simulator.replay.places import CITY, Places
from simulator.replay.rows import Named

GANJINGZI, ZONE = "210211", "2102Z1"
PRESS = date(2023, 4, 21)
YEAR = date(2022, 1, 1)


def _moments(many: int, first: date, days: int) -> Iterator[datetime]:
    """`many` moments of office hours, evenly over the days from `first` on."""
    for n in range(many):
        yield datetime.combine(first + timedelta(days=n * days // many), time(9, n % 60))


def mediation(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Cases reported in the district since New Year, all closed but the last; half of them agreed."""
    closed = ledger.count("F020b")
    for n, at in enumerate(_moments(ledger.count("F020a"), date(2023, 1, 1), 108)):
        case = {"case_no": f"M{n:05d}", "dispute_type": "neighbour", "street_code": places.street(GANJINGZI),
                "reported_at": at, "accepted_at": at, "updated_at": at}  # fmt: skip
        end = at + timedelta(hours=30)
        done = {"outcome": "success_written", "resolved_at": end, "closed_at": end, "updated_at": end}
        yield case | done if n < closed else case


def disputes(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Disputes found in 2022, resolved within a day but for those that the canonical reading leaves open."""
    resolved = ledger.part("F021b.1", "numerator")
    for n, at in enumerate(_moments(ledger.count("F021a"), YEAR, 360)):
        case = {"case_no": f"D{n:06d}", "dispute_type": "property", "found_by": "patrol",
                "street_code": places.street(CITY), "found_at": at, "accepted_at": at, "updated_at": at}  # fmt: skip
        end = at + timedelta(hours=20)
        done = {"outcome": "success_oral", "resolved_at": end, "closed_at": end, "updated_at": end}
        yield case | done if n < resolved else case


def hazards(ledger: Ledger, places: Places) -> Iterator[Named]:
    for n, at in enumerate(_moments(ledger.count("F023a"), YEAR, 360)):
        end = at + timedelta(hours=50)
        yield {"hazard_no": f"Y{n:06d}", "site_type": "small_venue", "level": "general", "found_by": "inspection",
               "street_code": places.street(CITY), "found_at": at, "ordered_at": at, "due_at": at + timedelta(days=7),
               "rectified_at": end, "verified_at": end, "updated_at": end}  # fmt: skip


def public_security(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Two years by month; only the change was published, so the counts are those chosen in the ledger."""
    chosen = {"F030a": "homicide", "F030b": "production_accident", "F030c": "criminal"}
    for figure, kind in chosen.items():
        for part, year in (("denominator", 2021), ("numerator", 2022)):
            for month, many in enumerate(shared(ledger.part(figure, part), 12), start=1):
                day = date(year, month, 1)
                yield {"street_code": places.street(CITY), "month": day, "incident_class": kind, "incident_count": many,
                       "published_at": datetime.combine(day + timedelta(days=40), time(9))}  # fmt: skip


def deliberation(ledger: Ledger, places: Places) -> Iterator[Named]:
    closed, points = ledger.count("F077c"), ledger.count("F077a")
    for n, at in enumerate(_moments(ledger.count("F077b"), date(2021, 6, 1), 240)):
        item = {"item_no": f"Q{n:03d}", "point_code": f"P{n % points:02d}", "street_code": places.street(ZONE),
                "topic": "parking", "session_count": 1, "raised_at": at, "updated_at": at}  # fmt: skip
        end = at + timedelta(days=10)
        yield item | {"closed_at": end, "satisfaction": "satisfied", "updated_at": end} if n < closed else item


def activities(ledger: Ledger, places: Places) -> Iterator[Named]:
    for kind, sessions, attended in (("lecture", "F078f", "F078g"), ("event", "F078h", "F078i")):
        for n, many in enumerate(shared(ledger.count(attended), ledger.count(sessions))):
            yield {"activity_no": f"{kind}{n:03d}", "held_on": date(2021, 6, 1) + timedelta(days=n),
                   "activity_type": kind, "session_count": 1, "attendance_count": many,
                   "street_code": places.street(ZONE)}  # fmt: skip


def livelihood(ledger: Ledger, places: Places) -> Iterator[Named]:
    solved = ledger.count("F024b")
    for n, at in enumerate(_moments(ledger.count("F024a"), date(2023, 1, 3), 60)):
        item = {"item_no": f"N{n:05d}", "item_kind": "other", "street_code": places.street(CITY),
                "lead_unit": "模拟单位", "listed_date": at.date(), "promised_date": date(2023, 12, 31),
                "started_date": at.date(), "item_status": "started", "updated_at": at}  # fmt: skip
        end = at + timedelta(days=30)
        yield item | {"solved_date": end.date(), "item_status": "solved", "updated_at": end} if n < solved else item


def services(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Ten services rendered in each case, so that nobody takes one for the other."""
    for n, at in enumerate(_moments(ledger.count("F025a") // 10, date(2023, 1, 1), 105)):
        end = at + timedelta(hours=2)
        yield {"service_no": f"B{n:05d}", "service_list": "at_once", "item_code": f"S{n % 18 + 1:02d}",
               "street_code": places.street(GANJINGZI), "accepted_at": at, "promised_date": at.date(), "done_at": end,
               "service_count": 10, "service_status": "done", "updated_at": end}  # fmt: skip


def measures(ledger: Ledger, places: Places) -> Iterator[Named]:
    done, tasks = ledger.part("F022b", "numerator"), ledger.count("F022c")
    for n in range(ledger.count("F022a")):
        measure = {"measure_no": f"J{n:03d}", "task_no": n % tasks + 1, "lead_department": "模拟部门",
                   "planned_date": date(2022, 12, 31)}  # fmt: skip
        yield measure | {"valid_from": YEAR, "measure_status": "under_way"}
        if n < done:
            yield measure | {"valid_from": date(2022, 12, 20), "measure_status": "done"}


def catalogues(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Every department reports the same each month of the quarter: the mean of the months is the number published."""
    departments = ledger.count("F059e")
    counts = [shared(ledger.count(figure), departments) for figure in ("F059a", "F059b", "F059c")]
    for month in (1, 2, 3):
        for n, (catalogue, record, query) in enumerate(zip(*counts, strict=True)):
            yield {"department_code": f"K{n:02d}", "department_name": f"模拟部门{n:02d}",
                   "month_start": date(2023, month, 1), "catalogue_count": catalogue, "record_count": record,
                   "query_count": query, "updated_at": datetime(2023, month + 1, 3, 9)}  # fmt: skip
