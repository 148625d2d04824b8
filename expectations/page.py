"""The quality page: one self-contained bilingual HTML file that asks nothing from anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from duckdb import DuckDBPyConnection

from expectations.results import history
from expectations.runner import Outcome
from ingestion.contract import Contract
from ingestion.settings import Settings, local_now
from warehouse import pages
from warehouse.build_info import BuildInfo
from warehouse.release_tables import sql_text

SHOWN_DELIVERIES = 7
RULES_ZH = {
    "missing": "必填值缺失",
    "pattern": "格式不符",
    "unknown_value": "不在允许值之中",
    "not_a_boolean": "不是是/否",
    "not_an_integer": "不是整数",
    "not_a_number": "不是数字",
    "not_a_figure": "数字写法无法识别",
    "not_a_timestamp": "不是有效时间",
    "not_a_date": "不是有效日期",
    "too_precise": "小数位过多",
    "too_early": "时间过早",
    "too_late": "时间过晚",
    "too_old": "时间过旧",
    "garbled": "乱码",
    "scientific": "编号被转成科学计数",
    "personal": "名称中含电话或证件号",
    "in_the_future": "时间在未来",
    "out_of_range": "超出范围",
    "not_json": "不是有效的 JSON",
    "missing_member": "缺少字段",
    "key_conflict": "同一主键内容冲突",
    "field_count": "列数不符",
    "quote": "引号不成对",
    "nul": "含空字符",
    "truncated": "末行不完整",
    "oversized": "消息过大",
    "reserved_member": "消息占用了保留字段",
    "doubled_member": "消息中字段重复",
    "flaw": "消息另有瑕疵",
}


@dataclass(frozen=True)
class FeedDeliveries:
    """The deliveries of one feed as the page shows them."""

    name_zh: str
    name_en: str
    owner_zh: str
    owner_en: str
    totals: dict[str, int]
    latest: list[dict[str, object]]
    reasons: list[dict[str, object]] = field(default_factory=list)


def write_page(
    settings: Settings,
    connection: DuckDBPyConnection,
    build: BuildInfo,
    contracts: dict[str, Contract],
    outcomes: list[Outcome],
) -> Path:
    """Render the page of a run that is already stored."""
    path = settings.site / "quality.html"
    pages.write_page(
        path,
        Path(__file__).parent / "templates" / "quality.html",
        build=build,
        checked_at=local_now(),
        outcomes=outcomes,
        failed=sorted((o for o in outcomes if not o.success), key=lambda o: (o.check.severity, o.name)),
        blocked=any(not o.success and o.check.severity == "critical" for o in outcomes),
        suites=[(suite, list(found)) for suite, found in groupby(outcomes, key=lambda o: o.suite)],
        runs=history(connection),
        feeds=[_feed(connection, contract) for contract in contracts.values()],
        rules_zh=RULES_ZH,
    )
    return path


def _feed(connection: DuckDBPyConnection, contract: Contract) -> FeedDeliveries:
    feed = f"feed = {sql_text(contract.feed)}"
    columns = ("received", "landed", "quarantined", "duplicates")
    sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in columns)
    totals = connection.execute(f"SELECT count(*), {sums} FROM landing.delivery WHERE {feed}").fetchone() or ()
    latest = connection.execute(
        f"SELECT recorded_at, status, rule, first_business_date, last_business_date, {', '.join(columns)} "
        f"FROM landing.delivery WHERE {feed} ORDER BY recorded_at DESC, batch_seq DESC LIMIT {SHOWN_DELIVERIES}"
    )
    names = [column[0] for column in latest.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in latest.fetchall()]
    return FeedDeliveries(
        name_zh=contract.name_zh,
        name_en=contract.name_en,
        owner_zh=contract.owner_zh,
        owner_en=contract.owner_en,
        totals=dict(zip(("deliveries", *columns), totals, strict=True)),
        latest=rows,
        reasons=_reasons(connection, contract),
    )


def _reasons(connection: DuckDBPyConnection, contract: Contract) -> list[dict[str, object]]:
    """Why rows were set aside, most frequent first; a reason is a column and a rule, never a value."""
    rows = connection.execute(
        "SELECT column_name, rule, count(*) FROM landing.quarantine "
        f"WHERE feed = {sql_text(contract.feed)} GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    ).fetchall()
    meanings = {column.name: (column.meaning_zh, column.meaning_en) for column in contract.columns}
    return [
        {"column": column, "meaning": meanings.get(column, ("整行", "whole row")), "rule": rule, "rows": count}
        for column, rule, count in rows
    ]
