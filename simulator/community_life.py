"""What is held in the communities: training with its attendance lists, activities with their sessions and 人次."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ingestion.contract import Contract
from simulator.communities import communities_of, streets_of
from simulator.community_workers import communities, phone_of, profession_of
from simulator.delivery import Parcel
from simulator.people import pick
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.standing import lived_days
from simulator.writing import Cell

TRAINING, ACTIVITY = "capacity_training", "capacity_activity"
# 402 sessions with 36,204 attendances were published: 90 a session.
ATTENDANTS, ACTIVITIES_A_DAY = 90, 4.0
LEVELS, LEVEL_SHARES = ("市级", "区县级", "街道级"), (0.1, 0.4, 0.5)
KINDS = ("讲座", "主题活动", "志愿服务", "入户走访", "问卷调查", "党建联席会议", "居民议事会", "民意恳谈会", "其他")
KIND_SHARES = (0.25, 0.25, 0.15, 0.12, 0.05, 0.05, 0.06, 0.05, 0.02)
VISIT = KINDS.index("入户走访")


def trainings(run: Run, contract: Contract) -> Iterator[Parcel]:
    """A session each workday; who comes is drawn anew, so many come twice and some never."""
    community, many = communities(run), profession_of(run)
    rows: list[tuple[date, dict[str, Cell]]] = []
    for day in lived_days(run):
        if not run.calendar.is_workday(day):
            continue
        rng = run.stream(TRAINING, day)
        level = LEVELS[int(pick(rng, LEVEL_SHARES, 1)[0])]
        for number in rng.choice(many, min(many, max(3, round(ATTENDANTS * run.scale))), replace=False).tolist():
            cells: dict[str, Cell] = {
                "session_no": f"T{day:%Y%m%d}01",
                "trained_on": str(day),
                "training_level": level,
                "audience": "社区工作者",
                "worker_name": "模拟学员",
                "worker_token": phone_of(number),
                "community_code": str(community[number]),
            }
            rows.append((day, cells))
    yield from register_parcels(run, contract, rows, [("trained_on", "当月"), ("audience", "干部")])


def activities(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Some activities each day; visits count households, all others 人次, which a few forget."""
    rows = [(day, cells) for day in lived_days(run) for cells in _activities(run, day)]
    yield from register_parcels(run, contract, rows, [("attendance_count", "近百"), ("activity_type", "联欢")])


def _activities(run: Run, day: date) -> Iterator[dict[str, Cell]]:
    rng = run.stream(ACTIVITY, day)
    count = max(1, int(rng.poisson(ACTIVITIES_A_DAY * run.scale)))
    street = streets_of(run, count, rng)
    community, kinds = communities_of(run, street, rng), pick(rng, KIND_SHARES, count)
    people, sessions, forgotten = rng.integers(8, 260, count), rng.integers(1, 4, count), rng.random(count) < 0.04
    for n in range(count):
        is_visit = kinds[n] == VISIT
        yield {
            "activity_no": f"HD{day:%Y%m%d}{n + 1:03d}",
            "held_on": str(day),
            "activity_type": KINDS[kinds[n]],
            "session_count": str(sessions[n]),
            "attendance_count": "" if is_visit or forgotten[n] else str(people[n]),
            "household_count": str(people[n] // 4) if is_visit else "",
            "street_code": run.city.streets[street[n]].code,
            "community_code": str(community[n]),
        }
