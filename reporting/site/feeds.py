"""How the feeds are: what came, how much of it was kept, what came late, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ingestion.contract import Contract
from reporting import format
from reporting.brief import Text, Tone
from reporting.words import same

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = 14
DELIVERIES = """
SELECT feed, count(*), coalesce(sum(received), 0)::BIGINT, coalesce(sum(landed), 0)::BIGINT,
       coalesce(sum(quarantined), 0)::BIGINT, coalesce(sum(duplicates), 0)::BIGINT,
       count(*) FILTER (WHERE status = 'refused'), max(recorded_at), max(last_business_date)
FROM meta.delivery GROUP BY feed"""
DUE = """
SELECT feed, cadence, period_start, period_end, is_missing AND is_not_yet_due, is_missing, is_late
FROM marts.fct_feed_due ORDER BY feed, period_start"""
HAS_DUE = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'marts' AND table_name = 'fct_feed_due'"
CADENCE = {
    "daily": Text("每日", "daily"),
    "weekly": Text("每周", "weekly"),
    "monthly": Text("每月", "monthly"),
    "": Text("不定期", "as it changes"),
}
STATES: dict[str, tuple[Text, Tone]] = {
    "missing": (Text("未到", "missing"), "worse"),
    "late": (Text("迟到", "late"), "worse"),
    "waiting": (Text("未到期", "not yet due"), "none"),
    "on_time": (Text("按时", "on time"), "better"),
}
SHARING = {
    "unconditional": Text("无条件共享", "shared without conditions"),
    "conditional": Text("有条件共享", "shared under conditions"),
    "not_shared": Text("不予共享", "not shared"),
}


@dataclass(frozen=True)
class Due:
    """One delivery that was due, and how it stands."""

    period: Text
    state: str
    word: Text


@dataclass(frozen=True)
class Feed:
    """A feed as its contract promises it and as it came; numbers as printed, `missing` newest first."""

    feed: str
    domain: str
    name: Text
    owner: Text
    sharing: Text
    cadence: Text
    deliveries: str
    received: str
    landed: str
    quarantined: str
    duplicates: str
    refused: int
    kept: str
    last_recorded: str
    last_day: str
    on_time: str
    latest: tuple[Due, ...]
    missing: tuple[Text, ...]
    late: tuple[Text, ...]
    state: Text
    tone: Tone


def read_feeds(con: DuckDBPyConnection, contracts: Mapping[str, Contract]) -> tuple[Feed, ...]:
    """Every feed of the contracts, by domain: those that need attention stand in their place, but are marked."""
    came = {row[0]: row[1:] for row in con.execute(DELIVERIES).fetchall()}
    due: dict[str, list[tuple[str, Due]]] = {}
    held = con.execute(HAS_DUE).fetchone()
    for feed, cadence, start, end, waits, is_missing, is_late in (
        con.execute(DUE).fetchall() if held and held[0] else ()
    ):
        state = "waiting" if waits else "missing" if is_missing else "late" if is_late else "on_time"
        due.setdefault(feed, []).append((cadence, Due(_span(cadence, start, end), state, STATES[state][0])))
    return tuple(_feed(contract, came.get(feed), due.get(feed, [])) for feed, contract in contracts.items())


def _feed(contract: Contract, came: tuple[object, ...] | None, due: list[tuple[str, Due]]) -> Feed:
    count, received, landed, quarantined, duplicates, refused, recorded, day = came or (0, 0, 0, 0, 0, 0, None, None)
    assert isinstance(received, int)
    assert isinstance(quarantined, int)
    periods = [entry for _, entry in due]
    owed = [entry for entry in periods if entry.state != "waiting"]
    missing = tuple(entry.period for entry in reversed(owed) if entry.state == "missing")
    late = tuple(entry.period for entry in reversed(owed) if entry.state == "late")
    state, tone = _state(bool(count), missing, periods)
    return Feed(
        feed=contract.feed,
        domain=contract.domain,
        name=Text(contract.name_zh, contract.name_en),
        owner=Text(contract.owner_zh, contract.owner_en),
        sharing=_sharing(contract),
        cadence=CADENCE.get(due[0][0] if due else "", same("")),
        deliveries=_count(count),
        received=_count(received),
        landed=_count(landed),
        quarantined=_count(quarantined),
        duplicates=_count(duplicates),
        refused=int(str(refused)),
        kept=_share(received - quarantined, received),
        last_recorded=f"{recorded:%Y-%m-%d %H:%M}" if isinstance(recorded, datetime) else "",
        last_day=day.isoformat() if isinstance(day, date) else "",
        on_time=f"{sum(entry.state == 'on_time' for entry in owed)} / {len(owed)}" if owed else "–",
        latest=tuple(periods[-SHOWN:]),
        missing=missing,
        late=late,
        state=state,
        tone=tone,
    )


def _sharing(contract: Contract) -> Text:
    """The attribute by the Government Data Sharing Regulations, its basis, and how many columns are personal data."""
    said, word = contract.sharing, SHARING[contract.sharing.attribute]
    personal = sum(column.data_class != "general" for column in contract.columns)
    zh = f"{word.zh}：{said.basis_zh}" + ("" if said.is_confirmed else "（待确认）")
    en = f"{word.en}: {said.basis_en}" + ("" if said.is_confirmed else " (to be confirmed)")
    return (
        Text(f"{zh}；个人信息{personal}列", f"{en}; {personal} columns of personal data") if personal else Text(zh, en)
    )


def _state(has_come: bool, missing: tuple[Text, ...], periods: list[Due]) -> tuple[Text, Tone]:
    """How a feed stands at the moment of the release, by what it owes."""
    if not has_come:
        return Text("从未收到", "never delivered"), "worse"
    if missing:
        return Text(f"缺{len(missing)}期", f"{len(missing)} missing"), "worse"
    if not periods:
        return Text("已收到", "delivered"), "none"
    newest = next((entry for entry in reversed(periods) if entry.state != "waiting"), None)
    if newest is not None and newest.state == "late":
        return Text("最近一期迟到", "the last one was late"), "worse"
    return Text("正常", "in order"), "better"


def _span(cadence: str, start: date, end: date) -> Text:
    if cadence == "monthly":
        return format.month(start)
    if start == end:
        return same(start.isoformat())
    return Text(f"{start}至{end}", f"{start} to {end}")


def _count(number: object) -> str:
    return format.grouped(int(str(number)))


def _share(part: int, whole: int) -> str:
    return format.rate(Decimal(part) / Decimal(whole)) if whole else "–"
