"""The ledger of published figures as the replay reads it: from the seeds, so that no number stands twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from ingestion.settings import Settings
from simulator.seeds import read_seed


@dataclass(frozen=True)
class Asked:
    """A count that the ledger asks for: `amount` of `code` in an area on a day."""

    figure_id: str
    code: str
    area: str
    as_of: date
    amount: int


@dataclass(frozen=True)
class Ledger:
    """The figures of the seeds by id, and the terms of their arithmetic."""

    figures: dict[str, dict[str, str]]
    terms: dict[str, list[dict[str, str]]]

    @classmethod
    def read(cls, settings: Settings) -> Ledger:
        terms = defaultdict(list)
        for term in read_seed(settings, "published_figure_term"):
            terms[term["figure_id"]].append(term)
        figures = {row["figure_id"]: row for row in read_seed(settings, "published_figure")}
        return cls(figures, dict(terms))

    def number(self, figure_id: str) -> Decimal:
        """The published number itself; a percentage as 0 to 1."""
        return Decimal(self.figures[figure_id]["value"])

    def count(self, figure_id: str) -> int:
        """A whole number that the figure allows: itself, what its arithmetic chose, or the middle of its range."""
        figure = self.figures[figure_id]
        if figure["low"] == figure["high"]:
            return int(Decimal(figure["low"]))
        if figure["form"] == "total" and len(self.terms.get(figure_id, [])) == 1:
            return self.part(figure_id, "numerator")
        return int((Decimal(figure["low"]) + Decimal(figure["high"])) / 2)

    def part(self, figure_id: str, part: str) -> int:
        """The numerator or denominator of a figure's arithmetic: published, chosen, or a whole number that gives it."""
        total = Decimal(0)
        for term in (term for term in self.terms[figure_id] if term["part"] == part):
            if term["figure_ref"]:
                total += self.count(term["figure_ref"]) * int(term["factor"])
            elif term["value"]:
                total += Decimal(term["value"]) * int(term["factor"])
            else:
                return self._solved(figure_id, part)
        return int(total)

    def _solved(self, figure_id: str, part: str) -> int:
        """The whole number in the middle of those that give the published share of a known base."""
        if part != "numerator":
            raise ValueError(figure_id)
        figure, base = self.figures[figure_id], self.part(figure_id, "denominator")
        low, high = (int(Decimal(figure[bound]) * base) for bound in ("low", "high"))
        found = [
            n for n in range(low, high + 1) if Decimal(figure["low"]) <= Decimal(n) / base < Decimal(figure["high"])
        ]
        return found[(len(found) - 1) // 2]

    @cached_property
    def asked(self) -> list[Asked]:
        """Every count that a figure of this city is measured by, once for each area and day."""
        return list({(one.code, one.area, one.as_of): one for one in self._asked()}.values())

    def _asked(self) -> Iterator[Asked]:
        for figure_id, figure in self.figures.items():
            if figure["measure"] == "count":
                yield self._ask(figure_id, figure["measure_code"], self.count(figure_id))
            if figure["measure"] == "ratio" and figure["form"] == "share":
                yield self._ask(figure_id, figure["measure_code"], self.part(figure_id, "numerator"))
                yield self._ask(figure_id, figure["base_code"], self.part(figure_id, "denominator"))

    def _ask(self, figure_id: str, code: str, amount: int) -> Asked:
        figure = self.figures[figure_id]
        return Asked(figure_id, code, figure["area_code"], date.fromisoformat(figure["as_of"]), amount)
