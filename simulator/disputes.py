"""The life of disputes, mediated or found by screening: agreed or not, closed, performed, broken out again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Flags, Floats, Ints, Moments, Texts, texts
from simulator.case_files import CaseFeed, case_parcels
from simulator.case_places import place_codes, streets_of
from simulator.delivery import Parcel
from simulator.moments import DAY, HOUR, moments_of, seconds
from simulator.people import callers, person_names, phones, pick
from simulator.register import Register, join
from simulator.run import Run
from simulator.volume import rhythm
from simulator.writing import Cell

TYPES = ("邻里", "婚姻家庭", "物业", "劳资", "消费", "合同", "土地", "医疗", "其他")
TYPE_WEIGHTS = (0.27, 0.17, 0.22, 0.10, 0.08, 0.05, 0.03, 0.02, 0.06)
RISKS, RISK_WEIGHTS = ("低", "中", "高"), (0.80, 0.17, 0.03)
OUTCOMES = ("书面协议", "口头协议", "调解不成", "导入诉讼", "撤回")
AGREED = 2
PERFORMED_SHARE, RELAPSED_SHARE, CONTRADICTING_SHARE, WORDLESS_SHARE = 0.8, 0.03, 0.004, 0.004
LONGEST_PEACE = 150


@dataclass(frozen=True)
class Kind:
    """How one feed differs from the other: its volume near the published figures, who is at work, how it ends."""

    feed: str
    letter: str
    begins: str
    per_day: float
    by: str
    agents: tuple[str, ...]
    agent_weights: tuple[float, ...]
    outcome_weights: tuple[float, ...]
    stuck: float
    mean_days: float


MEDIATED = Kind(
    "mediation_case", "M", "reported", 55.0, "mediator_type",
    ("网格员", "人民调解员", "警官", "律师", "法官", "检察官", "行业调解", "志愿者"),
    (0.40, 0.30, 0.10, 0.06, 0.04, 0.01, 0.05, 0.04), (0.38, 0.46, 0.08, 0.05, 0.03), 0.03, 3.0,
)  # fmt: skip
SCREENED = Kind(
    "mediation_dispute", "D", "found", 65.0, "found_by",
    ("日摸排", "专项排查", "居民反映", "部门移送"), (0.55, 0.20, 0.18, 0.07),
    (0.40, 0.594, 0.003, 0.002, 0.001), 0.001, 1.5,
)  # fmt: skip
BREAKS: list[tuple[str, Cell]] = [("dispute_type", "口角"), ("outcome", "已解决"), ("street_code", "2102")]


def mediated(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Files of the mediation centre."""
    return _parcels(run, contract, MEDIATED)


def screened(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Files of the screening."""
    return _parcels(run, contract, SCREENED)


def _parcels(run: Run, contract: Contract, kind: Kind) -> Iterator[Parcel]:
    records = partial(disputes, run, kind)
    return case_parcels(run, CaseFeed(contract, records, BREAKS, {"outcome": "ended"}, "risk_level"))


def disputes(run: Run, kind: Kind, days: list[date]) -> Register:
    """All disputes that come up on these days, with their whole life."""
    return join([_disputes_of(run, kind, day) for day in days])


def _disputes_of(run: Run, kind: Kind, day: date) -> Register:
    rng = run.stream(kind.feed, day)
    count = int(rng.poisson(run.scale * kind.per_day * rhythm(run, day)))
    street = streets_of(run, rng, count)
    street_code, grid_code = place_codes(run, street, rng)
    outcome = pick(rng, kind.outcome_weights, count)
    person = callers(rng, count)
    cells = {
        "case_no": texts([f"{kind.letter}{day:%Y%m%d}{number:04d}" for number in range(1, count + 1)]),
        "dispute_type": texts(list(TYPES))[pick(rng, TYPE_WEIGHTS, count)],
        "risk_level": texts(list(RISKS))[pick(rng, RISK_WEIGHTS, count)],
        "party_count": texts([str(number) for number in (2 + rng.geometric(0.7, count) - 1).tolist()]),
        kind.by: texts(list(kind.agents))[pick(rng, kind.agent_weights, count)],
        "street_code": street_code,
        "grid_code": grid_code,
        "applicant_name": person_names(person),
        "applicant_phone": phones(person, rng),
        "content": texts(["模拟纠纷：双方各执一词。"] * count),
        "outcome": _outcomes(outcome, rng),
    }
    begun = moments_of(day, rng, count)
    moments = _life(begun, outcome < AGREED, kind, run.quality.late[run.city.region_of[street]], rng)
    steps = (kind.begins, "accepted", "ended", "resolved", "closed", "performed", "relapsed")
    return Register(cells, {kind.begins: begun} | moments, steps)


def _outcomes(outcome: Ints, rng: np.random.Generator) -> Texts:
    """The words of the outcomes; a few files are closed without one."""
    words = texts(list(OUTCOMES))[outcome]
    words[rng.random(len(words)) < WORDLESS_SHARE] = ""
    return words


def _life(begun: Moments, agreed: Flags, kind: Kind, late: Floats, rng: np.random.Generator) -> dict[str, Moments]:
    """Where much is late it takes longer; a few are never ended, a few agreements do not last."""
    count = len(begun)

    def after(start: Moments, low: float, high: float, condition: Flags) -> Moments:
        return np.where(condition, start + seconds(rng.uniform(low, high, count) * HOUR), NEVER)

    is_ended = rng.random(count) > kind.stuck
    accepted = after(begun, 0.1, 6, np.ones(count, dtype=bool))
    days = 0.05 + rng.exponential(kind.mean_days * (1 + 5 * late), count)
    ended = np.where(is_ended, accepted + seconds(days * DAY), NEVER)
    resolved = np.where(agreed, ended, NEVER)
    performed = after(resolved, 1, 700, rng.random(count) < PERFORMED_SHARE)
    is_wrong = rng.random(count) < CONTRADICTING_SHARE
    performed = np.where(is_wrong, resolved - np.timedelta64(DAY, "s"), performed)
    return {
        "accepted": accepted,
        "ended": ended,
        "resolved": resolved,
        "closed": after(ended, 1, 40, is_ended),
        "performed": performed,
        "relapsed": after(resolved, 48, 24 * LONGEST_PEACE, rng.random(count) < RELAPSED_SHARE),
    }
