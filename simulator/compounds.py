"""Registers of compounds and property companies: how each is managed, by whom, and who grades them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.communities import communities_of, streets_of
from simulator.delivery import Parcel
from simulator.people import pick
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.standing import change_days, opened_on
from simulator.writing import Cell

FEED, COMPANY = "property_compound", "property_company"
COMPOUNDS, COMPANIES, CHANGES_A_WEEK = 3000, 120, 6
MODES = ("专业物业", "基础保障", "社区托管", "业主自管", "弃管", "")
MODE_SHARES = (0.55, 0.20, 0.12, 0.10, 0.02, 0.01)
SERVED_BY_COMPANY = 2  # the first modes of the list
COMMITTEES, COMMITTEE_SHARES = ("业委会", "物管会", "无"), (0.42, 0.23, 0.35)
GRADES, GRADE_SHARES = ("A级", "B级", "C级", ""), (0.3, 0.5, 0.15, 0.05)
# Registers contradict each other: a company nobody knows, an abandoned compound that has one.
UNKNOWN_COMPANY, ABANDONED_WITH_COMPANY = 7, 11


def companies_of(run: Run) -> int:
    return max(8, round(COMPANIES * run.scale))


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Every compound as the register opens, then those that found a committee or a manager."""
    now = _compounds(run, opened_on(run))
    rows = [(opened_on(run), cells) for cells in now]
    for day in change_days(run):
        rng = run.stream(FEED, "change", day)
        for number in rng.choice(len(now), max(1, round(CHANGES_A_WEEK * run.scale)), replace=False).tolist():
            now[number] = {**now[number], **_change(run, rng, now[number]), "valid_from": str(day)}
            rows.append((day, now[number]))
    yield from register_parcels(run, contract, rows, [("mode", "托管"), ("community_code", "2102")])


def companies(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Every company as the register opens, then a new grade each week."""
    rng, count, opened = run.stream(COMPANY), companies_of(run), opened_on(run)
    grades = [GRADES[place] for place in pick(rng, GRADE_SHARES, count).tolist()]
    rows = [(opened, _company(number, opened, grade)) for number, grade in enumerate(grades)]
    for day in change_days(run):
        draw = run.stream(COMPANY, "change", day)
        rows.append((day, _company(int(draw.integers(count)), day, GRADES[int(draw.integers(3))])))
    yield from register_parcels(run, contract, rows, [("credit_grade", "优秀"), ("company_status", "筹备")])


def _company(number: int, day: date, grade: str) -> dict[str, Cell]:
    return {
        "company_id": f"W{number + 1:03d}",
        "valid_from": str(day),
        "company_name": f"模拟物业第{number + 1}公司",
        "company_status": "在业",
        "credit_grade": grade,
    }


def _compounds(run: Run, opened: date) -> list[dict[str, Cell]]:
    rng, count = run.stream(FEED), max(40, round(COMPOUNDS * run.scale))
    community = communities_of(run, streets_of(run, count, rng), rng)
    mode, committee = pick(rng, MODE_SHARES, count), pick(rng, COMMITTEE_SHARES, count)
    mode[ABANDONED_WITH_COMPANY] = MODES.index("弃管")
    mode[UNKNOWN_COMPANY] = 0
    households, eligible = rng.integers(80, 1800, count), rng.random(count)
    company = rng.integers(companies_of(run), size=count)
    has_company = mode < SERVED_BY_COMPANY
    has_company[ABANDONED_WITH_COMPANY] = True
    company[UNKNOWN_COMPANY] = 997
    return [
        {
            "compound_id": f"X{number + 1:05d}",
            "valid_from": str(opened),
            "compound_status": "在册",
            "mode": MODES[mode[number]],
            "households": str(households[number]),
            # Two in three of those that may; one in ten may not, and of a few nobody wrote it down.
            "committee": COMMITTEES[committee[number]] if eligible[number] >= 0.1 else "无",
            "is_eligible": "否" if eligible[number] < 0.1 else "" if eligible[number] > 0.99 else "是",
            "company_id": f"W{company[number] + 1:03d}" if has_company[number] else "",
            "community_code": str(community[number]),
        }
        for number in range(count)
    ]


def _change(run: Run, rng: np.random.Generator, before: dict[str, Cell]) -> dict[str, Cell]:
    """An abandoned compound is taken over; any other founds a committee where it may."""
    if before["mode"] in ("弃管", ""):
        return {"mode": "基础保障", "company_id": f"W{int(rng.integers(companies_of(run))) + 1:03d}"}
    return {"committee": "业委会"} if before["is_eligible"] == "是" else {"is_eligible": "是"}
