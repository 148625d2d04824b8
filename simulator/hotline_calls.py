"""The calls of a day: who wants what, when and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.arrays import Flags, Ints, Moments, Texts, texts
from simulator.moments import moments_of
from simulator.people import pick
from simulator.run import Run
from simulator.volume import heating_cases, other_cases

TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬感谢")
TYPE_WEIGHTS = (0.38, 0.26, 0.26, 0.05, 0.03, 0.02)
HEATING_TYPE_WEIGHTS = (0.12, 0.36, 0.48, 0.01, 0.02, 0.01)
CONSULT, COMPLAINT, PRAISE = 0, 2, 5
HEATING = "供热"
OTHER_CATEGORIES = {
    "物业": 0.19,
    "城市管理": 0.14,
    "交通出行": 0.12,
    "住房建设": 0.10,
    "社会保障": 0.09,
    "消费维权": 0.09,
    "医疗卫生": 0.07,
    "教育": 0.06,
    "供水排水": 0.06,
    "环境保护": 0.05,
    "其他": 0.03,
}
ANONYMOUS_SHARE = 0.12


@dataclass(frozen=True)
class Asked:
    """What a day's callers want, in the order they call."""

    received: Moments
    is_heating: Flags
    kind: Ints
    category: Texts
    street: Ints
    is_anonymous: Flags


def ask(run: Run, day: date, rng: np.random.Generator, *, is_history: bool) -> Asked:
    """The calls of one day."""
    heating = int(rng.poisson(heating_cases(run, day, is_history=is_history)))
    count = heating + int(rng.poisson(other_cases(run, day, is_history=is_history)))
    is_heating = rng.permutation(count) < heating
    kind = np.where(is_heating, pick(rng, HEATING_TYPE_WEIGHTS, count), pick(rng, TYPE_WEIGHTS, count))
    category = texts(list(OTHER_CATEGORIES))[pick(rng, tuple(OTHER_CATEGORIES.values()), count)]
    category[is_heating] = HEATING
    return Asked(
        received=moments_of(day, rng, count),
        is_heating=is_heating,
        kind=kind,
        category=category,
        street=pick(rng, run.city.share, count),
        is_anonymous=rng.random(count) < ANONYMOUS_SHARE,
    )
