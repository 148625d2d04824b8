"""What follows from an alert or a plan: checks on site, analyses, routine inspections and penalties, and when."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.arrays import NEVER, Ints, Moments, Texts, texts
from simulator.city import ENTERPRISES
from simulator.heating_alerts import Alerts, alerts
from simulator.moments import DAY, HOUR, seconds
from simulator.people import pick
from simulator.point_register import PointRegister
from simulator.register import Register, join
from simulator.room_points import Points
from simulator.run import Run

FEED = "heating_action"
STEPS = ("triggered", "done")
ONSITE, ANALYSIS, ROUTINE, PENALTY = "当日现场核查", "限时监测分析", "常态化检查", "限时从重处罚"
COMPLIANT, BELOW, RECTIFIED, PENALISED, WAIVED = "达标", "不达标", "已整改", "处罚", "免予核查"
# Causes as a survey in the province found them.
CAUSES, CAUSE_WEIGHTS = ("用户", "供热企业", "开发单位"), (0.397, 0.316, 0.287)
NOBODY = "无"
# An alert from this hour on has until noon of the next day.
CUT_OFF = 17 * HOUR
LATE_SHARE, OPEN_SHARE, WAIVED_SHARE = 0.10, 0.04, 0.02
ANALYSIS_SHARE, ANALYSIS_HOURS, ANALYSIS_LATE = 0.3, 2.0, 0.1
UNSTATED_SHARE = 0.2
WORST_EVERY, OTHERS_SHARE = 4, 0.25


def actions_of(run: Run, register: PointRegister, day: date) -> Register:
    """All actions that begin on a day; each number is given once."""
    found = alerts(run, register, day)
    parts = [_onsite(run, register, day, found), _analyses(run, register, day, found)]
    parts += [_routine(run, day), _penalties(run, register.found, day)]
    whole = join(parts)
    numbers = texts([f"C{day:%Y%m%d}{number:03d}" for number in range(1, len(whole) + 1)])
    return Register(whole.cells | {"action_no": numbers}, whole.moments, STEPS)


def _register(mechanism: str, cells: dict[str, Texts], moments: dict[str, Moments]) -> Register:
    """Actions of one kind; cells nobody fills stay empty, and no result is known of one that never ends."""
    count = len(moments["triggered"])
    blank = {name: texts([""] * count) for name in ("alert_no", "street_code", "point_id", "measured_c", "cause_party")}
    return Register(blank | cells | {"mechanism": texts([mechanism] * count)}, moments, STEPS)


def _of_points(register: PointRegister, day: date, found: Alerts, chosen: Ints) -> dict[str, Texts]:
    """Who is concerned by these alerts."""
    points = found.point[chosen]
    return {
        "alert_no": texts([f"A{day:%Y%m%d}{number + 1:03d}" for number in chosen.tolist()]),
        "enterprise_name": texts(list(ENTERPRISES))[register.found.enterprise[points]],
        "street_code": register.found.street_code[points],
        "point_id": register.found.point_id[points],
    }


def _onsite(run: Run, register: PointRegister, day: date, found: Alerts) -> Register:
    """A check of every alert: most in time, some late, some open; what is measured differs from the sensor."""
    rng, count = run.stream(FEED, "onsite", day), len(found)
    due, done = _checked(found.at, np.datetime64(day, "s"), rng)
    measured = found.measured + rng.normal(0.25, 0.5, count)
    is_below, is_waived = measured < found.standard, rng.random(count) < WAIVED_SHARE
    after = np.where(rng.random(count) < 0.3, RECTIFIED, BELOW)
    result = np.where(is_waived, WAIVED, np.where(is_below, after, COMPLIANT))
    cause = np.where(is_below & ~is_waived, np.array(CAUSES)[pick(rng, CAUSE_WEIGHTS, count)], NOBODY)
    cells = _of_points(register, day, found, np.arange(count)) | {
        "measured_c": texts([f"{c:.2f}" if not w else "" for c, w in zip(measured, is_waived, strict=True)]),
        "result": texts(result.tolist()),
        "cause_party": texts(cause.tolist()),
    }
    return _register(ONSITE, cells, {"triggered": found.at, "due": due, "done": done})


def _checked(at: Moments, midnight: np.datetime64, rng: np.random.Generator) -> tuple[Moments, Moments]:
    """Until when a check is due, and when it is done: people go out in the daytime, in the evening only for a few."""
    count, second = len(at), (at - midnight).astype(int)
    is_evening = second >= CUT_OFF
    opens = np.where(is_evening, DAY + 8 * HOUR, np.maximum(second + HOUR // 2, 8 * HOUR))
    ends = np.where(is_evening, DAY + 12 * HOUR - 60, DAY - HOUR)
    tonight = is_evening & (second < 21 * HOUR) & (rng.random(count) < 0.25)
    opens, ends = np.where(tonight, second + HOUR // 2, opens), np.where(tonight, DAY - HOUR // 2, ends)
    in_time = opens + (ends - opens) * rng.beta(1.5, 3.0, count)
    late = DAY * np.where(is_evening, 1, 1 + rng.integers(0, 2, count)) + HOUR * rng.uniform(13, 19, count)
    luck = rng.random(count)
    done = midnight + seconds(np.where(luck < LATE_SHARE, late, in_time))
    due = midnight + seconds(np.where(is_evening, DAY + 12 * HOUR, DAY - 1))
    return _stated(due, rng), np.where(luck > 1 - OPEN_SHARE, NEVER, done)


def _stated(due: Moments, rng: np.random.Generator) -> Moments:
    """The deadline as the ledger has it: often nobody writes it down."""
    return np.where(rng.random(len(due)) < UNSTATED_SHARE, NEVER, due)


def _analyses(run: Run, register: PointRegister, day: date, found: Alerts) -> Register:
    """For some alerts the curves are looked at within two hours."""
    rng = run.stream(FEED, "analysis", day)
    chosen = np.flatnonzero(rng.random(len(found)) < ANALYSIS_SHARE)
    at, count = found.at[chosen], len(chosen)
    hours = np.where(rng.random(count) < ANALYSIS_LATE, rng.uniform(2.2, 9, count), rng.uniform(0.3, 1.9, count))
    cause = np.array(CAUSES)[pick(rng, CAUSE_WEIGHTS, count)]
    cells = _of_points(register, day, found, chosen)
    cells |= {"result": texts([BELOW] * count), "cause_party": texts(cause.tolist())}
    due = _stated(at + seconds(np.full(count, ANALYSIS_HOURS * HOUR)), rng)
    return _register(ANALYSIS, cells, {"triggered": at, "due": due, "done": at + seconds(hours * HOUR)})


def _routine(run: Run, day: date) -> Register:
    """The companies in turn, one each day and two on a working day."""
    rng, count = run.stream(FEED, "routine", day), 2 if run.calendar.is_workday(day) else 1
    company = (2 * day.toordinal() + np.arange(count)) % len(ENTERPRISES)
    at = np.datetime64(day, "s") + seconds(HOUR * rng.uniform(8.5, 15, count))
    result = np.array((COMPLIANT, RECTIFIED, BELOW))[pick(rng, (0.8, 0.15, 0.05), count)]
    cells = {
        "enterprise_name": texts(list(ENTERPRISES))[company],
        "result": texts(result.tolist()),
        "cause_party": texts(np.where(result == COMPLIANT, NOBODY, CAUSES[1]).tolist()),
    }
    done = at + seconds(HOUR * rng.uniform(0.5, 3, count))
    return _register(ROUTINE, cells, {"triggered": at, "due": np.full(count, NEVER), "done": done})


def _penalties(run: Run, points: Points, day: date) -> Register:
    """On Wednesdays: the company that heats worst every fourth week, now and then another one."""
    rng = run.stream(FEED, "penalty", day)
    company = np.empty(0, dtype=int)
    if day.isoweekday() == 3 and day.toordinal() // 7 % WORST_EVERY == WORST_EVERY - 1:
        company = np.array([points.coldest_enterprise])
    elif day.isoweekday() == 3 and rng.random() < OTHERS_SHARE:
        company = rng.integers(len(ENTERPRISES), size=1)
    count = len(company)
    at = np.datetime64(day, "s") + seconds(HOUR * rng.uniform(9, 11, count))
    cells = {
        "enterprise_name": texts(list(ENTERPRISES))[company],
        "result": texts([PENALISED] * count),
        "cause_party": texts([CAUSES[1]] * count),
    }
    moments = {"triggered": at, "due": at + seconds(np.full(count, 7 * DAY))}
    return _register(PENALTY, cells, moments | {"done": at + seconds(DAY * rng.uniform(1.5, 8, count))})
