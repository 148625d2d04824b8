"""The seeds the oracle needs, read by the csv module. The row in force on a day speaks, its last day included."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.clock import CALENDAR, Calendar, Rule, read_calendar

SEEDS = CALENDAR.parent
Row = dict[str, str]


def read(name: str, folder: Path = SEEDS) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def in_force(row: Row, day: date) -> bool:
    begins, ends = row["valid_from"], row["valid_to"]
    return date.fromisoformat(begins) <= day and (not ends or day <= date.fromisoformat(ends))


@dataclass(frozen=True)
class Area:
    """Where a case counts, beside the city itself."""

    district: str | None = None
    region: str | None = None
    street: str | None = None


@dataclass(frozen=True)
class Seeds:
    """All rules that are data."""

    calendar: Calendar
    event_order: dict[str, int]
    sla_rules: list[Row]
    policies: list[Row]
    windows: list[Row]
    grade_weights: list[Row]
    composite_weights: list[Row]
    levels: dict[str, str]
    parents: dict[str, str]
    aliases: dict[tuple[str, str], str]
    jurisdictions: list[Row]

    def rule(self, asked: Row, day: date) -> Rule | None:
        """Section 3: in force on the day, every filled condition met, the lowest priority number speaks."""
        conditions = ("platform", "measure", "unit_level", "request_type", "category_name", "urgency")
        fitting = [
            row
            for row in self.sla_rules
            if in_force(row, day) and all(not row[name] or row[name] == asked.get(name) for name in conditions)
        ]
        if not fitting:
            return None
        first = min(fitting, key=lambda row: (int(row["priority"]), row["sla_rule_id"]))
        return Rule(int(first["value"]), first["unit"], first["start_rule"])

    def policy(self, name: str, day: date) -> int:
        return next(int(row["value"]) for row in self.policies if row["policy"] == name and in_force(row, day))

    def window(self, category: str | None, day: date) -> int | None:
        """Section 5: the window of the category, else the one without a category."""
        days = {row["category_name"]: int(row["window_days"]) for row in self.windows if in_force(row, day)}
        return days.get(category or "", days.get(""))

    def grade_weight(self, grade: str | None, day: date) -> Decimal | None:
        """Section 4: the weight of a grade on its day; an empty weight is none."""
        for row in self.grade_weights:
            if row["grade"] == grade and row["weight"] and in_force(row, day):
                return Decimal(row["weight"])
        return None

    def street(self, district_name: str | None, street_name: str | None) -> str | None:
        """A street by the name of its area and its own, else by its own where only one street bears it."""
        if not street_name:
            return None
        code = self.aliases.get((district_name or "", street_name), self.aliases.get(("", street_name)))
        return code if code and self.levels[code] == "street" else None

    def region(self, street: str) -> str | None:
        """The administering district or zone of a street: today's borders for all years."""
        rows = [row for row in self.jurisdictions if row["street_code"] == street]
        return max(rows, key=lambda row: row["valid_from"] or "")["region_code"] if rows else None

    def area(self, district_name: str | None, street_name: str | None) -> Area:
        """Statutory district of the street and its administering region; without a street the named area itself."""
        street = self.street(district_name, street_name)
        if street:
            return Area(self.parents[street], self.region(street), street)
        named = self.aliases.get(("", district_name or ""))
        level = self.levels.get(named or "")
        if level == "zone":
            return Area(region=named)
        return Area(district=named, region=named) if level == "district" else Area()


def read_seeds(folder: Path = SEEDS) -> Seeds:
    areas = read("area", folder)
    return Seeds(
        calendar=read_calendar(folder / "calendar.csv"),
        event_order={row["event_type"]: int(row["event_order"]) for row in read("hotline_event_type", folder)},
        sla_rules=read("sla_rule", folder),
        policies=read("hotline_policy", folder),
        windows=read("repeat_window", folder),
        grade_weights=read("satisfaction_weight", folder),
        composite_weights=read("composite_weight", folder),
        levels={row["area_code"]: row["level"] for row in areas},
        parents={row["area_code"]: row["parent_code"] for row in areas},
        aliases={(row["parent_name"], row["name"]): row["area_code"] for row in read("area_alias", folder)},
        jurisdictions=read("area_jurisdiction", folder),
    )
