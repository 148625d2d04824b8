"""Section 5 of docs/hotline-method.md: repeats, matters and the city case a provincial case belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tests.oracle.cases import Case
from tests.oracle.seeds import Seeds

HEATING = "供热"


def in_line(cases: Iterable[Case]) -> list[Case]:
    """Section 5: by `received_at`, then case number."""
    return sorted(cases, key=lambda case: (case.received_at, case.life.case_no))


def joined(case: Case) -> str | None:
    """Section 5: the last of `merged` and `unmerged`."""
    events = case.events("merged", "unmerged")
    return events[-1].event_type if events else None


def is_within_window(earlier: Case, later: Case, seeds: Seeds) -> bool:
    """Section 5: the window in force on the day the later case was received."""
    days = seeds.window(later.known("category_name"), later.received_at.date())
    return days is not None and later.received_at - earlier.received_at <= timedelta(days=days)


def texts_alike(one: str | None, other: str | None) -> bool:
    """Section 5: two fingerprints (eight bytes, in hexadecimal) agree in at least half of them."""
    if not one or not other:
        return False
    places = range(0, len(one), 2)
    return 2 * sum(one[place : place + 2] == other[place : place + 2] for place in places) >= len(places)


def places_allow(one: Case, other: Case) -> bool:
    """Section 5: at the same building, or where one of the two names none, or with texts alike."""
    here, there = one.known("place_token"), other.known("place_token")
    fingerprints = one.known("content_fingerprint"), other.known("content_fingerprint")
    return here is None or there is None or here == there or texts_alike(*fingerprints)


def is_repeat_of(later: Case, earlier: Case, seeds: Seeds) -> bool:
    same = all(
        later.known(name) is not None and later.known(name) == earlier.known(name)
        for name in ("caller_token", "category_name")
    )
    return same and is_within_window(earlier, later, seeds) and places_allow(earlier, later)


def repeats_of(cases: Iterable[Case], seeds: Seeds) -> dict[str, str]:
    """Section 5, Repeat: each repeat and the latest earlier case it is linked to; an unmerged case is in none."""
    links, before = {}, defaultdict[Any, list[Case]](list)
    for later in (case for case in in_line(cases) if joined(case) != "unmerged"):
        same_caller = before[later.known("caller_token")]
        latest = next((case for case in reversed(same_caller) if is_repeat_of(later, case, seeds)), None)
        if latest:
            links[later.case_id] = latest.case_id
        same_caller.append(later)
    return links


def matter_key(case: Case) -> tuple[str, ...] | None:
    """Section 5, Matter: one category at one building; without a building one category of one caller; else none."""
    category, place, caller = (case.known(name) for name in ("category_name", "place_token", "caller_token"))
    if category is None:
        return None
    if place is not None:
        return "building", category, place
    return ("caller", category, caller) if caller is not None else None


def matters_of(cases: Iterable[Case], seeds: Seeds) -> dict[str, str]:
    """Section 5, Matter: each case and the first case of its matter; then `merged` moves a case to the other's."""
    by_number = {case.life.case_no: case for case in cases}
    natural, before = dict[str, str](), dict[tuple[str, ...], Case]()
    for case in in_line(by_number.values()):
        stays = joined(case) != "unmerged" and merged_into(case, by_number) is case
        key = matter_key(case) if stays else None
        natural[case.case_id] = case.case_id
        if key and key in before and is_within_window(before[key], case, seeds):
            natural[case.case_id] = natural[before[key].case_id]
        if key:
            before[key] = case
    return {case.case_id: natural[merged_into(case, by_number).case_id] for case in by_number.values()}


def merged_into(case: Case, by_number: dict[str, Case]) -> Case:
    """Section 5: the case at the end of the row of mergers; a row that runs in a circle stops where it closes."""
    seen = {case.life.case_no}
    while joined(case) == "merged":
        other = by_number.get(case.events("merged")[-1].related_case_no or "")
        if other is None or other.life.case_no in seen:
            break
        seen.add(other.life.case_no)
        case = other
    return case


def voices_of(matters: dict[str, str], cases: Iterable[Case]) -> dict[str, int]:
    """Section 5: the distinct callers of each matter."""
    callers: dict[str, set[str]] = {matter: set() for matter in matters.values()}
    for case in cases:
        if case.known("caller_token") is not None:
            callers[matters[case.case_id]].add(case.known("caller_token"))
    return {matter: len(tokens) for matter, tokens in callers.items()}


def cross_platform_links(province: Iterable[Case], city: Iterable[Case], seeds: Seeds) -> dict[str, str]:
    """Section 5: the city case a provincial one names, else the nearest heating case of the caller within 3 days."""
    by_number = {case.life.case_no: case for case in city}
    links, by_caller = {}, defaultdict[Any, list[Case]](list)
    for other in by_number.values():
        by_caller[other.known("caller_token")].append(other)
    for case in province:
        named = by_number.get(case.known("city_case_no") or "")
        found = named or nearest_heating_case(case, by_caller[case.known("caller_token")], seeds)
        if found:
            links[case.case_id] = found.case_id
    return links


def nearest_heating_case(case: Case, city: Iterable[Case], seeds: Seeds) -> Case | None:
    reach = timedelta(days=seeds.policy("cross_platform_days", case.as_of.date()))
    fitting = [
        other
        for other in in_line(city)
        if case.known("caller_token") is not None
        and other.known("caller_token") == case.known("caller_token")
        and other.known("category_name") == HEATING
        and abs(other.received_at - case.received_at) <= reach
    ]
    return min(fitting, key=lambda other: abs(other.received_at - case.received_at), default=None)
