"""Invented people of the cases: phones no operator assigns, names marked 模拟, and how sources name their area."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Floats, Ints, Texts, texts
from simulator.city import City
from simulator.dirt import full_width

SURNAMES = "王李张刘陈杨赵黄周吴徐孙"
CALLERS = 400_000
OFFICIAL_SHARE = 0.55
STATUTORY_SHARE = 0.35
UNKNOWN_PLACE = "开发区"


def callers(rng: np.random.Generator, count: int) -> Ints:
    """Numbers of callers; some call again and again."""
    return (CALLERS * rng.random(count) ** 1.6).astype(int)


def phones(numbers: Ints, rng: np.random.Generator) -> Texts:
    """Eleven digits beginning with 100, which nobody has; a few typed in full width."""
    wide = rng.random(len(numbers)) < 0.02
    found = [f"100{number:08d}" for number in numbers.tolist()]
    return texts([full_width(phone) if is_wide else phone for phone, is_wide in zip(found, wide.tolist(), strict=True)])


def person_names(numbers: Ints) -> Texts:
    return texts([f"模拟{SURNAMES[number % len(SURNAMES)]}某" for number in numbers.tolist()])


def named_areas(city: City, street: Ints, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """District and street as a source writes them: by statute or by zone, by an alias, incomplete, or unknown."""
    slip, choice, alias = rng.random(len(street)), rng.random(len(street)), rng.random(len(street))
    named = [_name(city, place, *draw) for place, *draw in zip(street.tolist(), slip, choice, alias, strict=True)]
    return texts([district for district, _ in named]), texts([name for _, name in named])


def _name(city: City, place: int, slip: float, choice: float, alias: float) -> tuple[str, str]:
    street = city.streets[place]
    if slip < 0.006:
        return "", ""
    if slip < 0.009:
        return UNKNOWN_PLACE, ""
    district = _district(city, place, choice, alias)
    if slip < 0.030:
        return district, ""
    return ("\u3000" + district if slip < 0.040 else district), street.name


def _district(city: City, place: int, choice: float, alias: float) -> str:
    street = city.streets[place]
    if choice < OFFICIAL_SHARE:
        return city.names[street.region_code][0]
    if choice < OFFICIAL_SHARE + STATUTORY_SHARE:
        return city.names[street.district_code][0]
    names = city.names[street.region_code]
    return names[int(alias * len(names))]


def pick(rng: np.random.Generator, weights: Floats | tuple[float, ...], count: int) -> Ints:
    """Positions drawn by weight."""
    total = np.cumsum(np.asarray(weights, dtype=float))
    found: Ints = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return np.minimum(found, len(total) - 1)
