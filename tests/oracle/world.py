"""What the random lives of one seed share: its moments, places, callers, texts and units."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.clock import DAY, Calendar, midnight, read_calendar
from tests.oracle.events import Feeds, Row
from tests.oracle.seeds import read

CITY = [
    "case_no",
    "channel",
    "request_type",
    "category_name",
    "subcategory_name",
    "urgency",
    "is_confidential",
    "caller_token",
    "is_anonymous",
    "district_name",
    "street_name",
    "place_token",
    "content_fingerprint",
    "unit_name",
    "status",
    "received_at",
    "dispatched_at",
    "due_at",
    "finished_at",
    "callback_at",
    "is_solved",
    "grade",
    "updated_at",
]
CITY_EVENT = [
    "event_no",
    "case_no",
    "event_type",
    "occurred_at",
    "unit_code",
    "unit_name",
    "unit_level",
    "unit_role",
    "due_at",
    "extension_days",
    "is_connected",
    "is_contacted",
    "is_solved",
    "is_truthful",
    "grade",
    "related_case_no",
    "reason_code",
]
PROVINCE = [
    "case_no",
    "city_case_no",
    "enterprise_name",
    "district_name",
    "street_name",
    "caller_token",
    "received_at",
    "due_at",
    "replied_at",
]
PROVINCE_EVENT = ["event_no", "case_no", "event_type", "occurred_at", "unit_name", "due_at", "is_solved", "grade"]

# Around Spring Festival and National Day with their make-up weekends, a leap day a year before, a midnight, and the
# end of the last published calendar.
MOMENTS = (
    datetime(2023, 2, 10, 16, 20),
    datetime(2025, 3, 10, 9, 30, 15),
    datetime(2025, 10, 20, 18, 0),
    datetime(2026, 3, 1),
    datetime(2026, 10, 15, 8, 0, 1),
    datetime(2026, 12, 28, 23, 59, 59),
)
GRADES = [
    "very_satisfied",
    "satisfied",
    "mostly",
    "neutral",
    "dissatisfied",
    "very_dissatisfied",
    "none",
    "unreachable",
    "defaulted",
]
STATUSES = [
    "received",
    "dispatched",
    "answered",
    "finished",
    "called_back",
    "closed",
    "reopened",
    "void",
    "out_of_jurisdiction",
]
TYPES = ["consult", "help", "complaint", "report", "suggestion", "praise"]
CHANNELS = ["phone", "wechat", "app", "web", "mailbox", "province_transfer", "police110", "walk_in"]
CATEGORIES = ("供热", "供热", "物业", "噪音", "道路")
FINGERPRINT_PLACES = 8


@dataclass
class World:
    """What the lives of one seed share."""

    rng: random.Random
    as_of: datetime
    calendar: Calendar
    streets: list[tuple[str, str]]
    callers: list[str]
    buildings: list[str]
    texts: list[str]
    city_numbers: list[str] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in Feeds._fields})

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def maybe(self, value: Any, share: float = 0.5) -> Any:
        return value if self.chance(share) else None

    def add(self, feed: str, columns: Iterable[str], **values: Any) -> None:
        """A row with every column of its contract."""
        self.rows[feed].append({name: values.get(name) for name in columns})

    def past(self, moment: datetime) -> datetime:
        return max(datetime(2007, 1, 1), min(moment, self.as_of))

    def step(self, moment: datetime) -> datetime:
        """The next moment of a walk: mostly forward, sometimes to midnight sharp, at once, back, or to 2007."""
        kind = self.rng.choices(range(8), (60, 40, 100, 100, 40, 20, 20, 1))[0]
        if kind == 4:
            return self.past(midnight(moment.date() + self.rng.randint(1, 30) * DAY))
        spans = (
            timedelta(0),
            timedelta(minutes=self.rng.randint(0, 90)),
            timedelta(seconds=self.rng.randint(1, 3 * 86400)),
            timedelta(days=self.rng.randint(1, 12), seconds=self.rng.randint(0, 86399)),
            timedelta(0),
            timedelta(days=self.rng.randint(20, 400)),
            -timedelta(seconds=self.rng.randint(1, 40 * 86400)),
            datetime(2007, 1, 1) - moment,
        )
        return self.past(moment + spans[kind])

    def received(self) -> datetime:
        """Mostly of the last 60 days; some of the year before, of a leap day, or of long ago."""
        moment = self.as_of - timedelta(seconds=self.rng.randint(0, 60 * 86400))
        kind = self.rng.choices(("now", "midnight", "year ago", "leap", "old"), (80, 8, 9, 1, 2))[0]
        if kind == "midnight":
            return self.past(midnight(moment.date()))
        if kind == "year ago":
            return moment - timedelta(days=self.rng.choice((365, 366)))
        if kind == "leap":
            return self.past(datetime(2020, 2, 29, self.rng.randint(0, 23)).replace(year=self.leap_year()))
        return datetime(2012, 1, 1) + timedelta(seconds=self.rng.randint(0, 400 * 86400)) if kind == "old" else moment

    def leap_year(self) -> int:
        return 2024 if self.as_of.year > 2024 else 2020

    def deadline(self, moment: datetime) -> datetime:
        """What the source states: any moment, often midnight, also in the future."""
        stated = moment + timedelta(seconds=self.rng.randint(0, 40 * 86400))
        return midnight(stated.date()) if self.chance(0.6) else stated

    def place(self) -> dict[str, str | None]:
        """A street by one of its aliases, an area without a street, or nothing."""
        kind = self.rng.choices(("street", "district", "zone", "none"), (75, 5, 3, 17))[0]
        if kind == "street":
            district, street = self.rng.choice(self.streets)
            return {"district_name": district, "street_name": street}
        names = {"district": "中山区", "zone": "高新区", "none": None}
        return {"district_name": names[kind], "street_name": None}

    def text(self) -> str:
        """A fingerprint: a known one with none, some or all of its 8 bytes turned into their opposite."""
        known, turned = self.rng.choice(self.texts), self.rng.choice((0, 0, 3, 4, 5, 8))
        places = [known[index : index + 2] for index in range(0, len(known), 2)]
        for index in self.rng.sample(range(FINGERPRINT_PLACES), turned):
            places[index] = "".join(f"{15 - int(digit, 16):x}" for digit in places[index])
        return "".join(places)

    def unit(self) -> dict[str, Any]:
        number, role = self.rng.randint(1, 5), self.rng.choice(("lead", "lead", "co", None))
        return {
            "unit_code": f"D{number:04}",
            "unit_name": f"样例单位{number}",
            "unit_level": self.rng.choice((1, 2, 3, None)),
            "unit_role": role,
        }


def make_world(seed: int, cases: int, as_of: datetime | None) -> World:
    rng = random.Random(seed)
    level = {row["area_code"]: row["level"] for row in read("area")}
    aliases = [row for row in read("area_alias") if level[row["area_code"]] == "street"]
    few = max(2, cases // 8)
    return World(
        rng=rng,
        as_of=as_of or MOMENTS[seed % len(MOMENTS)],
        calendar=read_calendar(),
        streets=[(row["parent_name"], row["name"]) for row in rng.sample(aliases, 24) if row["parent_name"]],
        callers=[f"{rng.getrandbits(128):032x}" for _ in range(few)],
        buildings=[f"{rng.getrandbits(128):032x}" for _ in range(few)],
        texts=[f"{rng.getrandbits(64):016x}" for _ in range(max(2, few // 3))],
    )
