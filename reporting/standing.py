"""How a district stands beside the city: the rate that lies furthest ahead, or furthest behind, if not by chance."""

from __future__ import annotations

from decimal import Decimal

from reporting.brief import Text
from reporting.figures import RANKED, Figures
from reporting.format import points_apart, rate
from reporting.noise import differs_from_rest
from reporting.told import MOVED, ROOMS, basis, better_by, is_telling, sound_rate
from reporting.words import inside, join, same

AHEAD, BEHIND = 1, -1
# Rates that mean the same in a district and in the city.
COMPARED = (
    RANKED,
    "hotline.response_rate",
    "hotline.resolution_rate",
    "hotline.satisfaction_rate",
    "grid.on_time_rate",
    ROOMS,
)


def beside_city(figures: Figures, side: int) -> Text | None:
    """One sentence for a district's brief, None for the city's."""
    if figures.is_city:
        return None
    gaps = [(side * _gap(figures, code), code) for code in COMPARED]
    size, code = max(gaps, key=lambda entry: entry[0])
    if size < MOVED:
        return None
    kpi, own, city = figures.kpis[code], figures.at(code), figures.city_at(code)
    assert own is not None
    assert own.value is not None
    assert city is not None
    assert city.value is not None
    return join(
        "{area}{name}{value}（{basis}），{word}全市{size}（全市{whole}，{of}）。",
        "{area}: {name} {value} ({basis}), {size} {word} the city ({whole}, {of}).",
        area=figures.area,
        name=inside(kpi.name),
        value=same(rate(own.value)),
        basis=basis(own),
        word=Text("高于", "above") if own.value > city.value else Text("低于", "below"),
        size=points_apart(own.value - city.value),
        whole=same(rate(city.value)),
        of=basis(city),
    )


def _gap(figures: Figures, code: str) -> Decimal:
    """How far the district lies on the good side of the city; nothing where that may be chance."""
    own, city = sound_rate(figures, code), figures.city_at(code)
    if own is None or city is None or not is_telling(figures.kpis[code], city):
        return Decimal(0)
    if not differs_from_rest(own, city, len(figures.period.days)):
        return Decimal(0)
    return better_by(figures.kpis[code], city, own)
