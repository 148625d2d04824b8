"""The cells of city hotline events as JSON, in the codes of the hotline's own interface."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Flags, Ints, Moments, Texts, texts
from simulator.hotline_callbacks import DEFAULTED, UNREACHABLE
from simulator.hotline_event_steps import EXTENDING, SERIALS, STEPS
from simulator.hotline_event_words import NULL, Words
from simulator.hotline_register import UNITS
from simulator.moments import moment_texts
from simulator.register import Register
from simulator.units import NO_UNIT
from simulator.writing import Cell

SAID = ("is_contacted", "is_solved", "is_truthful")


def columns(words: Words, register: Register, case: Ints, step: Ints, occurred: Moments) -> dict[str, list[Cell]]:
    """The cells of events by column name of the contract."""
    number = register.cells["number"][case]
    unit = _units(words, register, case, step)
    # A few old terminals write the role in words.
    role = np.where(occurred.astype("int64") % 29 == 0, words.roles[True][step], words.roles[False][step])
    found = {
        "event_no": '"L' + number + words.serials[step],
        "case_no": '"' + number + '"',
        "event_type": words.types[step],
        "unit_code": words.unit_codes[unit],
        "unit_name": words.unit_names[unit],
        "unit_level": words.unit_levels[unit],
        "unit_role": role,
        "extension_days": _extension_days(register, case, step),
        "related_case_no": _related(register, case, step),
        "reason_code": _reasons(words, register, case, step),
    } | _callback(words, register, case, step)
    told: dict[str, list[Cell]] = {name: cells.tolist() for name, cells in found.items()}
    told["occurred_at"] = _moments(occurred)
    told["due_at"] = _moments(_due(register, case, step))
    return told


def _moments(moments: Moments) -> list[Cell]:
    return [f'"{text}"' if text else NULL for text in moment_texts(moments)]


def _is(step: Ints, *moments: str) -> Flags:
    found: Flags = np.isin(step, [SERIALS[moment] for moment in moments])
    return found


def _units(words: Words, register: Register, case: Ints, step: Ints) -> Ints:
    """Whose each event is; the lead is the second unit when the first gave the case back."""
    by_case = np.stack([register.cells[name].astype(int) for name in UNITS])
    first, second = by_case[0], by_case[1]
    lead = np.where(np.isnat(register.moments["redispatched"]), first, second)
    by_role = np.stack([np.full(len(register), NO_UNIT), *by_case, lead])
    found: Ints = by_role[words.unit[step], case]
    return found


def _due(register: Register, case: Ints, step: Ints) -> Moments:
    found = np.full(len(case), NEVER)
    for serial, told in enumerate(STEPS):
        if told.due:
            rows = np.flatnonzero(step == serial)
            found[rows] = register.moments[told.due][case[rows]]
    return found


def _extension_days(register: Register, case: Ints, step: Ints) -> Texts:
    days = texts([str(days) for days in range(32)])[register.cells["extension_days"][case].astype(int)]
    return np.where(_is(step, *EXTENDING), days, NULL)


def _related(register: Register, case: Ints, step: Ints) -> Texts:
    """The case it was merged into; for a caller who urges, the case they urge."""
    related = register.cells["related"][case]
    return np.where(_is(step, "merged", "urged") & (related != ""), '"' + related + '"', NULL)


def _reasons(words: Words, register: Register, case: Ints, step: Ints) -> Texts:
    """Why it was turned down: two in seven for the less usual reason."""
    luck = register.moments["received"][case].astype("int64") % 7
    found = texts([NULL] * len(case))
    for moments, usual, other in (
        (("not_ours", "refused"), "not_ours", "legal_channel"),
        (("voided",), "test", "other"),
        (("return_requested",), "not_ours", "other"),
    ):
        rows = _is(step, *moments)
        found[rows] = np.where(luck[rows] < 5, words.reasons[usual], words.reasons[other])
    return found


def _callback(words: Words, register: Register, case: Ints, step: Ints) -> dict[str, Texts]:
    """What the callback heard; who was not reached said nothing."""
    yes, no = words.flags["是"], words.flags["否"]
    found = {name: texts([NULL] * len(case)) for name in ("is_connected", *SAID, "grade")}
    found["is_connected"][_is(step, "attempted")] = no
    for moment, suffix in (("called", ""), ("called_again", "_again")):
        rows = np.flatnonzero(step == SERIALS[moment])
        cells = {name: register.cells[name][case[rows]] for name in ("is_contacted", "is_truthful")}
        cells |= {name: register.cells[f"{name}{suffix}"][case[rows]] for name in ("is_solved", "grade")}
        grade = cells["grade"]
        is_silent = (grade == UNREACHABLE) | (grade == DEFAULTED)
        found["is_connected"][rows] = np.select([grade == UNREACHABLE, grade == DEFAULTED], [no, NULL], yes)
        found["grade"][rows] = texts([words.grades[word] for word in grade.tolist()])
        for name in SAID:
            said = np.where(cells[name] == "是", yes, no)
            found[name][rows] = np.where(is_silent | (cells[name] == ""), NULL, said)
    return found
