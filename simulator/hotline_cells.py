"""The cells of a city hotline case that never change: who called about what, from where, and how it was typed."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from simulator.arrays import Flags, Ints, Moments, Texts, texts
from simulator.city import ENTERPRISES
from simulator.dirt import full_width
from simulator.hotline_calls import HEATING, TYPES, Asked
from simulator.moments import moment_texts
from simulator.people import addresses, callers, named_areas, person_names, phones, pick
from simulator.run import Run

CHANNELS = ("电话", "微信", "APP", "网站", "信箱", "省转办", "110联动", "来访")
CHANNEL_WEIGHTS = (0.66, 0.12, 0.08, 0.04, 0.01, 0.05, 0.03, 0.01)
HEATING_CONTENTS = (
    "模拟诉求：家中室温偏低，请尽快处理。",
    "模拟诉求：入户测温只有１６度，\n暖气片上热下凉，请派人检修。",
    '模拟诉求：物业说"正在升温"，至今没有改善。',
    "模拟诉求：换热站停泵，整栋楼不热，请回电10000001234。",
)
OTHER_CONTENTS = (
    "模拟诉求：请相关部门核实处理并回复。",
    '模拟诉求：多次反映"无人管理"，\n希望尽快解决。',
    "模拟诉求：咨询办理流程，需要哪些材料？",
    "模拟诉求：已联系社区，尚未答复。",
)
CONTENT_WEIGHTS = (0.7, 0.1, 0.1, 0.1)
TYPED_WEIGHTS = (0.88, 0.05, 0.04, 0.03)


def fixed_cells(run: Run, asked: Asked, day: date, rng: np.random.Generator) -> dict[str, Texts]:
    """Cells by column name of the contract."""
    count = len(asked.kind)
    person = callers(rng, count)
    district, street = named_areas(run.city, asked.street, rng)
    cells = {
        "case_no": _numbers(day, rng.random(count) < 0.02),
        "channel": texts(list(CHANNELS))[pick(rng, CHANNEL_WEIGHTS, count)],
        "request_type": texts(list(TYPES))[asked.kind],
        "category_name": asked.category,
        "caller_name": person_names(person),
        "caller_token": phones(person, rng),
        "is_anonymous": yes_no(asked.is_anonymous),
        "district_name": district,
        "street_name": street,
        "address": addresses(person),
        "content": _contents(asked, pick(rng, CONTENT_WEIGHTS, count)),
        "unit_name": _units(run, asked),
        "received_at": _as_typed(asked.received, pick(rng, TYPED_WEIGHTS, count)),
    }
    for personal in ("caller_name", "caller_token"):
        cells[personal][asked.is_anonymous] = ""
    return cells


def yes_no(flags: Flags) -> Texts:
    return texts(np.where(flags, "是", "否").tolist())


def _numbers(day: date, wide: Flags) -> Texts:
    numbers = [f"{day:%Y%m%d}{number:05d}" for number in range(1, len(wide) + 1)]
    return texts([full_width(no) if is_wide else no for no, is_wide in zip(numbers, wide.tolist(), strict=True)])


def _contents(asked: Asked, choice: Ints) -> Texts:
    return np.where(asked.is_heating, texts(list(HEATING_CONTENTS))[choice], texts(list(OTHER_CONTENTS))[choice])


def _units(run: Run, asked: Asked) -> Texts:
    """A heating company for heating, else the region's unit for the category."""
    names = [run.city.names[street.region_code][0] for street in run.city.streets]
    sellers = run.city.enterprise_of
    return texts(
        [
            ENTERPRISES[sellers[place]] if category == HEATING else f"{names[place]}{category}承办单位（模拟）"
            for place, category in zip(asked.street.tolist(), asked.category.tolist(), strict=True)
        ]
    )


def _as_typed(moments: Moments, form: Ints) -> Texts:
    """Most systems write seconds; some clerks write a slashed date or Chinese words, a few only the hour."""
    typed = texts(moment_texts(moments))
    for place in np.flatnonzero(form).tolist():
        when = datetime.fromisoformat(typed[place])
        typed[place] = (
            f"{when.year}/{when.month}/{when.day} {when.hour}:{when:%M}",
            f"{when.year}年{when.month}月{when.day}日 {when.hour}时{when:%M}分",
            f"{when.year}年{when.month}月{when.day}日 {when.hour}时",
        )[form[place] - 1]
    return typed
