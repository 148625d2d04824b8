"""The clock in SQL against the plain day-by-day clock of the oracle, over random lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.clock_sql import ClockSql, Timed
from tests.integration.conftest import DbtRun
from tests.oracle.clock import Calendar, begin, deadline, read_calendar
from tests.oracle.clock import segments as plain_segments
from tests.oracle.seeds import SEEDS
from tests.oracle.strategies import ClockLife, clock_lives

CALENDAR: Calendar = read_calendar(SEEDS / "calendar.csv")
AT_ONCE = 60


@pytest.fixture(scope="module")
def clock_sql(dbt_run: DbtRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClockSql]:
    found = ClockSql(tmp_path_factory.mktemp("clock"), dbt_run.settings)
    yield found
    found.connection.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=st.lists(clock_lives(), min_size=20, max_size=AT_ONCE))
def test_deadlines_and_segments_are_those_of_the_plain_clock(lives: list[ClockLife], clock_sql: ClockSql) -> None:
    as_of = max(life.as_of for life in lives)
    for life, timed in zip(lives, clock_sql.time(lives, as_of), strict=True):
        ended_at = life.finished_at or as_of
        given_times = (CALENDAR, life.rule, life.started_at, ended_at)
        assert timed.due_at == deadline(*given_times, life.pauses, life.extensions), life
        assert timed.unextended_due_at == deadline(*given_times, life.pauses), life
        check_tiles(life, timed, ended_at)


def check_tiles(life: ClockLife, timed: Timed, ended_at: datetime) -> None:
    """The tiles reach from start to end without gap or overlap, and where time can run they are the plain clock's."""
    tiles, begins_at = timed.segments, begin(CALENDAR, life.rule, life.started_at)
    if ended_at <= life.started_at:
        assert tiles == ()
        return
    assert (tiles[0].from_at, tiles[-1].to_at) == (life.started_at, ended_at)
    assert all(one.to_at == other.from_at and one.state != other.state for one, other in pairwise(tiles))
    plain = plain_segments(CALENDAR, life.rule.unit, begins_at, ended_at, life.pauses)
    assert running(timed.segments) == running(tuple(plain))
    assert [tile for tile in tiles if tile.state == "paused"] == [tile for tile in plain if tile.state == "paused"]


def running(tiles: tuple) -> timedelta:
    return sum((tile.to_at - tile.from_at for tile in tiles if tile.state == "running"), timedelta())
