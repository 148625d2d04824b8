"""Files of the deliberation points: each Monday the items that were raised, closed or graded in the week before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, texts
from simulator.case_files import CaseFeed, columns
from simulator.case_places import streets_of
from simulator.delivery import MONDAY, Batch, Kind, Parcel, last_weekday, register_parcel, weekly_parcels
from simulator.dirt import soil
from simulator.moments import DAY, HOUR, seconds
from simulator.people import pick
from simulator.register import Register, join
from simulator.run import Run
from simulator.writing import Cell, headers, in_order, plain_csv_bytes

FEED = "mediation_deliberation"
AT, WEEK = time(5), timedelta(days=7)
WEEKS_BEFORE = 26
PER_WEEK, POINTS = 25.0, 60
TOPICS, TOPIC_WEIGHTS = ("环境", "停车", "物业", "设施", "邻里", "其他"), (0.24, 0.22, 0.20, 0.16, 0.10, 0.08)
GRADES, GRADE_WEIGHTS = ("满意", "基本满意", "不满意"), (0.88, 0.09, 0.03)
CLOSED_SHARE, GRADED_SHARE = 0.6, 0.85
BREAKS: list[tuple[str, Cell]] = [("session_count", "两场"), ("topic", "杂项"), ("raised_at", "")]
STEPS = ("raised", "closed", "graded")


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """What half a year before the window had raised at once, then a file each Monday."""
    known = last_weekday(run.first, MONDAY) - WEEK
    mondays = [known + WEEK * n for n in range(-WEEKS_BEFORE, (run.until - known).days // 7 + 1)]
    items = join([_items_of(run, monday) for monday in mondays])
    feed = CaseFeed(contract, lambda _: items, BREAKS, {"satisfaction": "graded"}, "topic")

    def batch(rows: Ints, monday: date) -> Batch:
        table = in_order(contract, columns(feed, items, rows, np.datetime64(monday, "s")))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", monday))
        return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)

    def render(monday: date, _: Kind) -> Batch:
        changed = [items.changed_on(monday - timedelta(days=n)) for n in range(1, 8)]
        return batch(np.unique(np.concatenate(changed)), monday)

    before = np.flatnonzero(items.moments["raised"] < np.datetime64(known, "s"))
    yield register_parcel(FEED, known, AT, batch(before, known))
    yield from weekly_parcels(run, FEED, "csv", MONDAY, AT, render)


def _items_of(run: Run, monday: date) -> Register:
    """The items of the week that begins on a Monday: raised on some evening, heard in one session or several."""
    rng = run.stream(FEED, monday)
    count = 1 + int(rng.poisson(PER_WEEK * run.scale))
    street = streets_of(run, rng, count)
    communities = [run.city.streets[place].communities or (f"{run.city.streets[place].code}000",) for place in street]
    raised = np.datetime64(monday, "s") + seconds(
        DAY * rng.integers(0, 7, count) + HOUR * rng.uniform(17.5, 20.5, count)
    )
    is_closed = rng.random(count) < CLOSED_SHARE
    closed = np.where(is_closed, raised + seconds(DAY * rng.uniform(2, 45, count)), NEVER)
    graded = np.where(rng.random(count) < GRADED_SHARE, closed + seconds(HOUR * rng.uniform(1, 60, count)), NEVER)
    cells = {
        "item_no": texts([f"S{monday:%Y%m%d}{number:03d}" for number in range(1, count + 1)]),
        "point_code": texts([f"T{number:03d}" for number in (street % POINTS + 1).tolist()]),
        "street_code": texts([run.city.streets[place].code for place in street]),
        "community_code": texts([found[int(rng.integers(len(found)))] for found in communities]),
        "topic": texts(list(TOPICS))[pick(rng, TOPIC_WEIGHTS, count)],
        "session_count": texts([str(number) for number in rng.geometric(0.6, count).tolist()]),
        "satisfaction": texts(list(GRADES))[pick(rng, GRADE_WEIGHTS, count)],
    }
    return Register(cells, {"raised": raised, "closed": closed, "graded": graded}, STEPS)
