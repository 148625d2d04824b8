"""A small invented brief with every kind of block: what the writers are tested with, without a release."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from reporting.brief import (
    Brief,
    Bullets,
    Card,
    CardGroup,
    Cards,
    Cell,
    Change,
    Column,
    Definition,
    Picture,
    Section,
    Table,
    Text,
)

NONE = Text("", "")
PLANTED = '=cmd|"/C calc"!A0 <script>alert(1)</script> *#_$@'
SVG = (
    '<svg viewBox="0 0 505 60" width="505" height="60" font-family="Noto Sans SC" font-size="9">'
    '<rect x="0" y="20" width="300" height="20" fill="#a9c1d9"/><text x="4" y="34" fill="#1c2530">{word}</text></svg>'
)


def same(text: str) -> Text:
    return Text(text, text)


def card(name: Text, value: str, basis: str, *, remarks: tuple[Text, ...] = (), has_value: bool = True) -> Card:
    met = Change(Text("目标", "Target"), same("95.0%"), "✓", Text("达到", "met"), "better")
    return Card(
        kpi_id="H04",
        kpi_code="hotline.on_time_rate",
        name=name,
        value=same(value) if has_value else Text("样本过小", "small cell"),
        unit=NONE,
        has_value=has_value,
        basis=same(basis),
        changes=(
            Change(Text("环比", "MoM"), Text("+1.4个百分点", "+1.4 pp"), "▲", Text("向好", "better"), "better"),
            Change(Text("同比", "YoY"), Text("无基数", "no base"), "", NONE, "none"),
        ),
        target=met if has_value else None,
        remarks=remarks,
        direction=Text("↑ 越高越好", "↑ higher is better"),
        state=Text("质量A · 正常", "grade A · normal"),
        as_of=Text("截至2026年1月31日", "as of 31 January 2026"),
        number=Decimal("0.9649") if has_value else None,
        numerator=Decimal(30895),
        denominator=Decimal(32018),
    )


def table(rows: int) -> Table:
    columns = (
        Column("place", Text("序", "No."), "soft"),
        Column("area", Text("单位", "Unit")),
        Column("bar", NONE, "bar", axis_mark="94.3"),
        Column("on_time_rate", Text("按时办结率", "On-time rate"), "rate", "hotline.on_time_rate"),
        Column("basis", Text("分子 / 分母", "Num. / den."), "soft"),
        Column("change", Text("环比", "MoM"), "points"),
        Column("cases", Text("诉求量", "Cases"), "count"),
        Column("trend", Text("近12个月", "12 months"), "spark"),
    )
    return Table(
        columns, tuple(row(n) for n in range(rows)), Text("本期没有可排名的单位", "No unit can be ranked"), limit=8
    )


def row(n: int) -> tuple[Cell, ...]:
    rate, better = Decimal(980 - 13 * n) / 1000, n % 3 != 0
    bar = f"{rate * 100:.1f}"
    return (
        Cell(same(str(n + 1)), Decimal(n + 1)),
        Cell(same(PLANTED) if n == 1 else Text(f"第{n + 1}街道", f"Subdistrict {n + 1}")),
        Cell(
            NONE, bar=bar, low=f"{rate * 100 - 3:.1f}" if n % 2 else "", high=f"{rate * 100 + 2:.1f}" if n % 2 else ""
        ),
        Cell(same(f"{rate * 100:.1f}%"), rate),
        Cell(same(f"{1200 - n} / {1300 + n}")),
        Cell(
            Text("+2.0个百分点", "+2.0 pp") if better else Text("−0.4个百分点", "−0.4 pp"),
            Decimal("0.020") if better else Decimal("-0.004"),
            tone="better" if better else "worse",
            mark="▲" if better else "▼",
        ),
        Cell(same(f"{1300 + n:,}"), Decimal(1300 + n)),
        Cell(NONE, spark=tuple("" if m == 4 else str((m * 17 + n * 9) % 100) for m in range(12))),
    )


def sample(rows: int = 12) -> Brief:
    group = CardGroup(
        Text("诉求量：两个平台并列，不相加", "Requests: two platforms side by side, never added"),
        Text("同一诉求可能同时进入两个平台，不作合计。", "One matter may reach both; never summed."),
        (card(Text("市12345平台", "City platform"), "13,721", "–"), card(Text("省直通车", "Direct line"), "827", "–")),
    )
    remark = (Text("全市 94.3%", "city 94.3%"),)
    cards = Cards(
        (
            card(Text("按时办结率", "On-time rate"), "96.5%", "30,895 / 32,018", remarks=remark),
            card(Text("办结率", "Closure rate"), "82.6%", "11,130 / 13,468"),
            card(Text("解决率", "Resolution rate"), "88.0%", "4,947 / 5,621"),
            card(Text("满意率", "Satisfaction"), "–", "3 / 4", has_value=False),
            group,
            card(Text("室温达标率", "Room compliance"), "91.4%", "144,179 / 157,768"),
        )
    )
    picture = Picture(Text(SVG.format(word="诉求量"), SVG.format(word="Cases")), Text("一张图", "A picture"))
    empty = Table(
        (Column("station", Text("换热站", "Station")),), (), Text("昨日没有停运的换热站。", "No station stopped.")
    )
    more = Text("▲ 向好 ▼ 走弱", "▲ better ▼ worse")
    absent = Bullets((Text("舆情：未接入", "Public opinion: no feed"),))
    sections = (
        Section("cards", Text("全市指标", "City indicators"), NONE, (cards,)),
        Section("requests", Text("每日诉求量", "Requests a day"), Text("没有上年同期", "No year before"), (picture,)),
        Section("ranking", Text("按时办结率排名", "By on-time rate"), more, (table(rows),), "wide"),
        Section("missing", Text("缺什么", "What is missing"), NONE, (absent,), "narrow"),
        Section("stations", Text("换热站", "Stations"), NONE, (empty,)),
    )
    definition = Definition(
        kpi_id="H04",
        kpi_code="hotline.on_time_rate",
        name=Text("按时办结率", "On-time rate"),
        formula=Text("按期办结件数÷到期件数", "finished by their deadline ÷ due"),
        exclusions=Text("非管辖 412", "out of jurisdiction 412"),
        basis=same("30,895 / 32,018"),
        owner=Text("市12345热线中心", "12345 hotline centre"),
        waterfall=("32,430", "32,018", "412", "0"),
        method="2",
    )
    return Brief(
        title=Text("大连市治理运行月报", "Dalian monthly governance brief"),
        area=Text("大连市", "Dalian City"),
        period=Text("2026年1月", "January 2026"),
        units=Text("单位：率为 %，量为件", "Units: rates in %, counts in cases"),
        label=Text("模拟数据 SYNTHETIC DATA", "SYNTHETIC DATA"),
        warning=None,
        highlights=(Text("本月受理诉求1.37万件，同比上升2.5%。", "13,721 requests, up 2.5% on a year before."),),
        concerns=(Text("当日核查率88.3%（98/111），未达标。", "Same-day check rate 88.3% (98/111), target missed."),),
        sections=sections,
        definitions=(definition,),
        provenance=Text(
            "数据截至 2026年1月31日23:59 · 检查通过 511/536", "As of 31 January 2026, checks passed 511/536"
        ),
        document_date=date(2026, 1, 31),
    )
