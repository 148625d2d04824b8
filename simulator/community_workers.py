"""Register of those who work in the communities: 社区工作者, and the cadres and police who work there besides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Ints, Texts
from simulator.communities import communities_of, streets_of
from simulator.delivery import Parcel
from simulator.people import person_names, pick
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.standing import change_days, opened_on
from simulator.writing import Cell

FEED = "capacity_worker"
KINDS = ("社区工作者", "新招社区工作者", "派驻干部", "民警辅警")
# As published in 2023: 8,224 and near 3,000 社区工作者, 3,011 cadres, 3,620 police and auxiliaries.
COUNTS = (8224, 3000, 3011, 3620)
POSTS, POST_SHARES = ("书记", "副职", "专职", "其他"), (0.09, 0.13, 0.70, 0.08)
AGES, AGE_SHARES = ("35岁以下", "35-44岁", "45-54岁", "55岁以上"), (0.40, 0.38, 0.18, 0.04)
LEARNT, LEARNT_SHARES = ("高中及以下", "大专", "本科", "研究生"), (0.05, 0.30, 0.60, 0.05)
NATIONAL_SHARE, UNRECORDED_SHARE, CHANGES_A_WEEK = 0.394, 0.02, 12
FIRST_PHONE, FIRST_NEW_PHONE = 60_000_000, 70_000_000  # above those of the callers, below what eight digits hold


def phone_of(number: int) -> str:
    return f"100{FIRST_PHONE + number:08d}"


def counts_of(run: Run) -> list[int]:
    return [max(4, round(count * run.scale)) for count in COUNTS]


def profession_of(run: Run) -> int:
    """How many of the first workers are 社区工作者: those whom training is for."""
    return sum(counts_of(run)[:2])


def communities(run: Run) -> Texts:
    """The community of each worker of the opening; the last of them is registered in one that nobody knows."""
    rng = run.stream(FEED, "place")
    found = communities_of(run, streets_of(run, sum(counts_of(run)), rng), rng)
    found[-1] = f"{found[-1][:9]}999"
    return found


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """All workers as the register opens; then each week some leave and some come."""
    opened = opened_on(run)
    kinds = np.repeat(np.arange(len(KINDS)), counts_of(run))
    numbers = np.arange(len(kinds))
    found = _cells(run, opened, FIRST_PHONE + numbers, kinds, communities(run), run.stream(FEED))
    rows = [(opened, cells) for cells in found]
    for day in change_days(run):
        rng, count = run.stream(FEED, "change", day), max(1, round(CHANGES_A_WEEK * run.scale))
        leaving = rng.choice(len(found), count, replace=False).tolist()
        rows += [(day, {**found[number], "valid_from": str(day), "worker_status": "离岗"}) for number in leaving]
        phones = FIRST_NEW_PHONE + day.toordinal() % 100_000 * 100 + np.arange(count)
        where = communities_of(run, streets_of(run, count, rng), rng)
        rows += [(day, cells) for cells in _cells(run, day, phones, np.ones(count, int), where, rng)]
    yield from register_parcels(run, contract, rows, [("worker_kind", "社区工作人员"), ("community_code", "2102")])


def _cells(
    run: Run, day: date, phones: Ints, kinds: Ints, community: Texts, rng: np.random.Generator
) -> list[dict[str, Cell]]:
    count = len(kinds)
    names = person_names(phones)
    post, age, learnt = (pick(rng, shares, count) for shares in (POST_SHARES, AGE_SHARES, LEARNT_SHARES))
    national, recorded, all_round = rng.random(count), rng.random(count) >= UNRECORDED_SHARE, rng.random(count) < 0.7
    is_worker = kinds < 2
    return [
        {
            "worker_name": str(names[n]),
            "worker_token": f"100{phones[n]:08d}",
            "valid_from": str(day),
            "worker_status": "在岗",
            "community_code": str(community[n]),
            "worker_kind": KINDS[kinds[n]],
            "post": POSTS[post[n]] if is_worker[n] else "",
            "age_band": AGES[age[n]] if is_worker[n] else "",
            "education": LEARNT[learnt[n]] if is_worker[n] else "",
            # Everyone has the certificate of the post; the national one is another.
            "has_national_certificate": _word(national[n] < NATIONAL_SHARE) if is_worker[n] and recorded[n] else "",
            "has_post_certificate": "是" if is_worker[n] else "",
            "is_all_round": _word(all_round[n]) if is_worker[n] else "",
        }
        for n in range(count)
    ]


def _word(yes: bool) -> str:
    return "是" if yes else "否"
