"""Trials of the gate over copies of a sound warehouse: broken rows, broken shapes, and figures broken one by one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from expectations.runner import Outcome, run_suites
from expectations.suite import Check, Suite
from ingestion.settings import Settings
from tests.reliability.whole.gate_mutants import (
    BY_HAND,
    COLUMNS,
    FINER_FIGURES,
    ROWS,
    SAME_RELEASE,
    broken_rows,
    query_of,
    refreshed,
    table_of,
    violations,
)
from tests.reliability.whole.mutating import Attempt, Bench, anything, opened, warehouse_copy

Pair = tuple[Suite, Check]


@dataclass
class Result:
    """How many errors were made for a check, and how many of them it found."""

    made: int
    killed: int


def named(pair: Pair) -> str:
    """`<suite>.<check>`, as the gate names it."""
    return f"{pair[0].suite}.{pair[1].id}"


def has_shape(pair: Pair) -> bool:
    """Whether the check asks for the columns or for the number of rows of its table."""
    return pair[1].expectation in (COLUMNS, ROWS)


def with_broken_rows(settings: Settings, home: Path, pairs: list[Pair]) -> dict[str, Result]:
    """All tables get, beside their rows, one row for each error that a check must find, and a column too many.

    The gate runs once, and must find just as many rows more as were broken for each check.
    """
    with warehouse_copy(settings, home) as (copy, bench):
        bench.execute(*(refreshed(suite.table.split(".")[1]) for suite, check in pairs if check.expectation == COLUMNS))
        before, made = {}, {}
        for pair in pairs:
            if statements := broken_rows(*pair, bench.fill(table_of(*pair))):
                before[named(pair)] = 0 if has_shape(pair) else bench.count(violations(*pair))
                made[named(pair)] = statements
        bench.execute(*(statement for _, each in sorted(made.items(), key=_columns_last) for statement in each))
    found = {}
    for outcome in run_suites(copy, _only(pairs, set(made))):
        errors, risen = len(made[outcome.name]), (outcome.unexpected_count or 0) - before[outcome.name]
        is_found = not outcome.success and (outcome.check.expectation == COLUMNS or risen == errors)
        found[outcome.name] = Result(errors, errors * is_found)
    return found


def _columns_last(made: tuple[str, list[str]]) -> bool:
    return made[1][0].startswith("ALTER")


def with_broken_shapes(settings: Settings, home: Path, pairs: list[Pair]) -> dict[str, Result]:
    """All tables of which columns or rows are counted lose their rows and one column; the gate runs once."""
    shaped = [pair for pair in pairs if has_shape(pair)]
    with warehouse_copy(settings, home) as (copy, bench):
        for table in {name: bench.table(name) for name in sorted({table_of(*pair) for pair in shaped})}.values():
            bench.execute(f"DELETE FROM {table.name}")
            bench.execute(f'ALTER TABLE {table.name} DROP COLUMN "{next(iter(table.columns))}"')
    outcomes = run_suites(copy, _only(shaped, {named(pair) for pair in shaped}))
    return {outcome.name: Result(1, int(_was_seen(outcome))) for outcome in outcomes}


def _was_seen(outcome: Outcome) -> bool:
    """A check that could not run has failed as well, but says nothing of what was broken."""
    return not outcome.success and outcome.element_count is not None


def with_broken_figures(settings: Settings, home: Path, pairs: list[Pair]) -> dict[str, Result]:
    """For each relation that a check reads, an error is sought that it finds; the gate sees one of each check."""
    found = {}
    with warehouse_copy(settings, home) as (copy, bench):
        bench.execute(FINER_FIGURES, SAME_RELEASE)
        attempts = {named(pair): _errors(bench, pair) for pair in pairs}
    for pair in pairs:
        killed = [attempt for attempt in attempts[named(pair)].values() if attempt]
        seen = [_gate_finds(copy, pair, attempt) for attempt in killed[:1]]
        found[named(pair)] = Result(len(attempts[named(pair)]), len(killed) if seen == [True] else 0)
    return found


def _errors(bench: Bench, pair: Pair) -> dict[str, Attempt | None]:
    """By relation that the SQL of a check reads: what makes it find more than it does, if anything does."""
    query = query_of(*pair)
    relations = sorted(set(re.findall(r"\b(?:marts|meta|dq|landing|policy)\.\w+", query)))
    return {relation: _error(bench, named(pair), relation, query, bench.count(query)) for relation in relations}


def _error(bench: Bench, name: str, relation: str, query: str, before: int) -> Attempt | None:
    if (by_hand := BY_HAND.get((name, relation))) and bench.turns_red(query, by_hand):
        return by_hand
    attempts = anything(bench.table(relation), query)
    return next((attempt for attempt in attempts if bench.turns_red(query, attempt, before)), None)


def _gate_finds(copy: Settings, pair: Pair, attempt: Attempt) -> bool:
    """Whether the gate finds more with the error than the SQL did without it. The copy is as before afterwards."""
    kept = copy.warehouse_db.with_suffix(".kept")
    shutil.copyfile(copy.warehouse_db, kept)
    with opened(copy) as bench:
        before = bench.count(query_of(*pair))
        bench.execute(*attempt[0], *attempt[1])
    (outcome,) = run_suites(copy, _only([pair], {named(pair)}))
    kept.replace(copy.warehouse_db)
    return not outcome.success and (outcome.unexpected_count or 0) > before


def _only(pairs: list[Pair], names: set[str]) -> list[Suite]:
    """The suites with these checks alone."""
    found: dict[str, tuple[Suite, list[Check]]] = {}
    for suite, check in (pair for pair in pairs if named(pair) in names):
        found.setdefault(suite.suite, (suite, []))[1].append(check)
    return [suite.model_copy(update={"checks": checks}) for suite, checks in found.values()]
