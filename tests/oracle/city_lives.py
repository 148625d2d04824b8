"""The lives of cases on the city platform: by state exports, and by event rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.clock import Rule, due
from tests.oracle.events import Row
from tests.oracle.seeds import read
from tests.oracle.world import (
    CATEGORIES,
    CHANNELS,
    CITY,
    CITY_EVENT,
    GRADES,
    STATUSES,
    TYPES,
    World,
)

TIMED = ("contacted", "suspended", "resumed", "extension_requested", "finished")


def register_of(world: World, case_no: str, received_at: datetime) -> Row:
    """What a city case is, whatever becomes of it."""
    return {
        "case_no": case_no,
        "channel": world.rng.choice(CHANNELS),
        "request_type": world.rng.choice(TYPES),
        "category_name": world.rng.choice(CATEGORIES),
        "subcategory_name": world.maybe("样例小类"),
        "urgency": world.rng.choice(("normal", "normal", "urgent", "critical")),
        "is_confidential": world.chance(0.1),
        "is_anonymous": world.chance(0.15),
        "caller_token": world.maybe(world.rng.choice(world.callers), 0.85),
        "place_token": world.maybe(world.rng.choice(world.buildings), 0.7),
        "content_fingerprint": world.maybe(world.text(), 0.9),
        "received_at": received_at,
        **world.place(),
    }


# City cases by state exports only


def state_case(world: World, case_no: str) -> None:
    """One to six versions, each changing something; delivered in any order, corrected and reopened."""
    row = register_of(world, case_no, world.received()) | {"status": "received"}
    moment = row["received_at"]
    for _ in range(world.rng.choice((1, 2, 3, 4, 5, 6))):
        if world.chance(0.9):
            moment = world.step(moment)
        row = row | changed(world, row, moment)
        world.add("city", CITY, **row, updated_at=moment)
        if world.chance(0.1):
            world.add("city", CITY, **row, updated_at=moment)


def changed(world: World, row: Row, moment: datetime) -> Row:
    """One version later: the likely next state, or any."""
    likely = {"received": "dispatched", "dispatched": "finished", "finished": "called_back", "called_back": "closed"}
    status = likely.get(row["status"], "reopened")
    change: Row = {"status": status if world.chance(0.75) else world.rng.choice(STATUSES)}
    if change["status"] == "dispatched" or world.chance(0.05):
        unit, due_at = world.unit()["unit_name"], world.maybe(world.deadline(moment), 0.8)
        change |= {"dispatched_at": moment, "unit_name": unit, "due_at": due_at}
    if change["status"] in ("finished", "answered") or world.chance(0.1):
        change["finished_at"] = world.maybe(world.past(world.step(moment)), 0.9)
    if change["status"] == "called_back" or world.chance(0.05):
        change |= callback(world) | {"callback_at": world.maybe(world.step(moment), 0.8)}
    if change["status"] == "reopened" and world.chance(0.4):
        change |= {"finished_at": None, "callback_at": None, "is_solved": None, "grade": None}
    if world.chance(0.05):
        change["received_at"] = world.step(row["received_at"])
    return change


def callback(world: World) -> Row:
    return {"is_solved": world.rng.choice((True, False, None)), "grade": world.maybe(world.rng.choice(GRADES), 0.9)}


# City cases by event rows


def told(world: World, event_type: str, moment: datetime) -> Row:
    """What the source tells of an event of this type."""
    rng = world.rng
    if event_type in ("dispatched", "redispatched", "co_assigned"):
        return world.unit() | {"due_at": world.maybe(world.deadline(moment), 0.8)}
    if event_type in ("return_approved", "finished", "signed", "contacted", "suspended", "replied"):
        return world.unit()
    if event_type == "extension_approved":
        return {"extension_days": rng.choice((1, 2, 5, 20, 40))}
    if event_type == "callback_result":
        truths = {name: rng.choice((True, False, None)) for name in ("is_connected", "is_contacted", "is_truthful")}
        return callback(world) | truths
    if event_type == "callback_attempted":
        return {"is_connected": rng.choice((False, None))}
    if event_type == "out_of_jurisdiction":
        return {"reason_code": rng.choice(("not_ours", "legal_channel", "other", None))}
    if event_type == "voided":
        return {"reason_code": rng.choice(("test", "other", None))}
    if event_type in ("merged", "urged") and world.city_numbers:
        return {"related_case_no": rng.choice(world.city_numbers)}
    return {}


def usual_life(world: World) -> list[str]:
    """A life as the rules expect it, with twists: pauses, extensions, returns, callbacks, second and third rounds."""
    twists = (
        ["suspended", "resumed"],
        ["suspended", "suspended", "resumed"],
        ["suspended"],
        ["extension_requested", "extension_approved"],
        ["extension_requested", "extension_rejected"],
        ["extension_approved"],
        ["return_requested", "return_approved", "redispatched"],
        ["return_requested", "return_rejected"],
        ["co_assigned"],
        ["co_assigned", "co_assigned", "return_approved"],
        ["contacted"],
        ["urged"],
        ["supervised", "marked_hard"],
        ["signed", "contacted", "replied"],
    )
    steps = ["received", "dispatched"]
    for _ in range(world.rng.choice((1, 1, 1, 2, 3))):
        for twist in world.rng.choices(twists, k=world.rng.randint(0, 4)):
            steps += twist
        if world.chance(0.15):
            break
        steps += ["finished", *(["finished"] if world.chance(0.15) else [])]
        steps += world.rng.choice(([], ["callback_result"], ["callback_attempted", "callback_result"], ["closed"]))
        steps.append("reopened")
    return steps[:-1] if steps[-1] == "reopened" and world.chance(0.8) else steps


def ending(world: World) -> list[str]:
    """What may befall a case besides."""
    kinds: tuple[list[str], ...] = (
        [],
        ["merged"],
        ["merged", "unmerged"],
        ["voided"],
        ["out_of_jurisdiction"],
        ["appealed", "appeal_upheld"],
    )
    more = (["unreasonable_requested", "unreasonable_approved"], ["unmerged", "merged"], ["appealed"], ["urged"])
    return world.rng.choices([*kinds, *more], (60, 4, 3, 3, 5, 3, 4, 2, 2, 2))[0]


def any_life(world: World) -> list[str]:
    """Events of any type in any order."""
    every = [row["event_type"] for row in read("hotline_event_type")]
    favoured = ["dispatched", "finished", "reopened", "suspended", "resumed", "callback_result", "extension_approved"]
    rare = ("voided", "out_of_jurisdiction", "merged", "unmerged", "unreasonable_approved", "appeal_upheld")
    pool = [name for name in every if name not in rare or world.chance(0.15)] + favoured * 3
    return world.rng.choices(pool, k=world.rng.randint(1, 16))


def desk_life(world: World) -> list[str]:
    """Answered at the desk, perhaps sent on after all."""
    tails: tuple[list[str], ...] = (
        [],
        ["callback_result"],
        ["dispatched", "finished"],
        ["reopened", "dispatched"],
        ["reopened", "finished"],
    )
    asked = ["supplement_asked"] if world.chance(0.2) else []
    return ["received", *asked, "answered", *world.rng.choice(tails)]


def early_life(world: World) -> list[str]:
    """Suspended before the dispatch, finished before it."""
    lives = ("suspended dispatched resumed finished", "finished reopened dispatched", "finished dispatched finished")
    return world.rng.choice(lives).split()


def sharp(world: World, dispatched_at: datetime) -> datetime | None:
    """A moment at, or one second beside, what a rule gives as the deadline; none while all lie in the future."""
    rules = [Rule(24, "natural_hour", "immediate")]
    rules += [Rule(days, "working_day", "next_day_0000") for days in (2, 20, 20)]
    beside = timedelta(seconds=world.rng.choice((-1, 0, 0, 0, 1)))
    moments = [due(world.calendar, rule, dispatched_at) + beside for rule in rules]
    past = [moment for moment in moments if moment <= world.as_of]
    return world.rng.choice(past) if past else None


def event_case(world: World, case_no: str) -> None:
    """A case that has event rows; mostly with a register row."""
    life = world.rng.choices((usual_life, any_life, desk_life, early_life), (60, 20, 12, 8))[0]
    received_at = world.received()
    steps, moment, numbers = life(world) + ending(world), received_at, list(range(100))
    dispatched_at: datetime | None = None
    world.rng.shuffle(numbers)
    for event_type in steps:
        if dispatched_at and event_type in TIMED and world.chance(0.4):
            moment = sharp(world, dispatched_at) or moment
        if event_type == "dispatched" and not dispatched_at:
            dispatched_at = moment
        row = told(world, event_type, moment)
        key = {"event_no": f"L{case_no}{numbers.pop():02}", "case_no": case_no, "event_type": event_type}
        world.add("city_events", CITY_EVENT, **key, occurred_at=moment, **row)
        if world.chance(0.04):
            again = told(world, event_type, moment)
            world.add("city_events", CITY_EVENT, **key, occurred_at=world.step(moment), **again)
        moment = world.step(moment)
    if world.chance(0.9):
        row = register_of(world, case_no, world.step(received_at) if world.chance(0.1) else received_at)
        for _ in range(world.rng.choice((1, 1, 2))):
            status, updated_at = world.rng.choice(STATUSES), world.step(row["received_at"])
            world.add("city", CITY, **row, status=status, updated_at=updated_at)
