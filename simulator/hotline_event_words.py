"""The words of the city hotline's own interface, as JSON: its codes, its units, and what each step says of itself."""

from __future__ import annotations

import json

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Texts, texts
from simulator.hotline_event_steps import STEPS
from simulator.run import Run
from simulator.units import units_of

NULL = "null"
YES_NO = {"是": True, "否": False}
REASONS = ("not_ours", "legal_channel", "test", "other")


class Words:
    """What never changes from event to event: codes of the interface, literals of the units, facts of the steps."""

    def __init__(self, run: Run, contract: Contract, export: Contract) -> None:
        units = units_of(run.city)
        self.types = _table([_code(contract, "event_type", step.word) for step in STEPS])
        self.serials = texts([f'{serial:02d}"' for serial in range(len(STEPS))])
        self.unit = np.array([step.unit for step in STEPS])
        self.unit_codes = _table([json.dumps(code) for code in units.code])
        self.unit_names = _table([json.dumps(name, ensure_ascii=False) for name in units.name])
        self.unit_levels = _table([str(level) for level in units.level.tolist()])
        self.roles = {odd: _table([self._role(contract, step.role, odd) for step in STEPS]) for odd in (False, True)}
        self.grades = {
            word: _code(contract, "grade", str(ours)) for word, ours in (export.column("grade").values or {}).items()
        }
        self.flags = {word: _code(contract, "is_solved", ours) for word, ours in YES_NO.items()}
        self.reasons = {ours: _code(contract, "reason_code", ours) for ours in REASONS}

    @staticmethod
    def _role(contract: Contract, role: str, odd: bool) -> str:
        if not role:
            return NULL
        words = [word for word, ours in (contract.column("unit_role").values or {}).items() if ours == role]
        return f'"{words[-1 if odd else 0]}"'


def _code(contract: Contract, column: str, ours: str | bool) -> str:
    """The JSON of the first word the interface has for one of ours."""
    return next(f'"{word}"' for word, meaning in (contract.column(column).values or {}).items() if meaning == ours)


def _table(words: list[str]) -> Texts:
    """A list to pick from by position; the position before the first is null."""
    return texts([*words, NULL])
