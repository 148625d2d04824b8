"""The cells of a city hotline case that never change: who called about what, from where, and how it was typed."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from simulator.arrays import Flags, Ints, Moments, Texts, texts
from simulator.dirt import full_width
from simulator.hotline_asked import NOBODY, TYPES, Asked
from simulator.hotline_callbacks import yes_no
from simulator.hotline_words import CATEGORIES, contents, subcategory_names, urgencies
from simulator.moments import moment_texts
from simulator.people import named_areas, person_names, phones, pick
from simulator.places import addresses, building_names
from simulator.run import Run

CHANNELS = ("电话", "微信", "APP", "网站", "信箱", "省转办", "110联动", "来访")
CHANNEL_WEIGHTS = (0.66, 0.12, 0.08, 0.04, 0.01, 0.05, 0.03, 0.01)
TYPED_WEIGHTS = (0.88, 0.05, 0.04, 0.03)
CONFIDENTIAL_SHARE = 0.02
WIDE_SHARE = 0.02


def fixed_cells(run: Run, asked: Asked, street: Ints, day: date, rng: np.random.Generator) -> dict[str, Texts]:
    """Cells by column name of the contract; beside them the case's plain number and those of its relations."""
    count = len(asked)
    district, street_name = named_areas(run.city, street, rng)
    number = texts([f"{day:%Y%m%d}{n:05d}" for n in range(1, count + 1)])
    cells = {
        "number": number,
        "related": np.where(asked.earlier == NOBODY, "", number[asked.earlier]) if count else number,
        "person": asked.person.astype(object),
        "case_no": _as_exported(number, rng.random(count) < WIDE_SHARE),
        "channel": texts(list(CHANNELS))[pick(rng, CHANNEL_WEIGHTS, count)],
        "request_type": texts(list(TYPES))[asked.kind],
        "category_name": texts(list(CATEGORIES))[asked.category],
        "subcategory_name": subcategory_names(asked.category, asked.subcategory, rng),
        "urgency": urgencies(asked.is_heating, rng),
        "is_confidential": yes_no(rng.random(count) < CONFIDENTIAL_SHARE),
        "caller_name": person_names(asked.person),
        "caller_token": phones(asked.person, rng),
        "is_anonymous": yes_no(asked.is_anonymous),
        "district_name": district,
        "street_name": street_name,
        "place_token": addresses(asked.person, rng),
        "content_fingerprint": _contents(asked),
        "received_at": _as_typed(asked.received, pick(rng, TYPED_WEIGHTS, count)),
    }
    for personal in ("caller_name", "caller_token"):
        cells[personal][asked.is_anonymous] = ""
    return cells


def _contents(asked: Asked) -> Texts:
    return contents(asked.category, asked.subcategory, asked.wording, building_names(asked.person), asked.is_again)


def _as_exported(numbers: Texts, wide: Flags) -> Texts:
    found = numbers.copy()
    found[wide] = texts([full_width(number) for number in numbers[wide].tolist()])
    return found


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
