"""The fixed words of the pages, in both languages; the templates hold none of their own."""

from __future__ import annotations

from reporting.brief import Text, Tone
from reporting.period import Kind
from reporting.words_of_kind import OF

__all__ = ["OF", "join", "labels", "same"]

LABELS = {
    "concerns": Text("需关注", "Needs attention"),
    "cards": Text("主要指标", "Main indicators"),
    "platforms": Text("诉求量：两个平台并列，不相加", "Requests: two platforms side by side, never added"),
    "platforms_note": Text(
        "同一诉求可能同时进入两个平台，两者口径不同，不作合计。",
        "One matter may reach both; they count differently and are never summed.",
    ),
    "target": Text("目标", "Target"),
    "rank": Text("序", "No."),
    "unit": Text("单位", "Unit"),
    "contents": Text("本页内容", "On this page"),
    "year_of_months": Text("近12个月", "12 months"),
    "skip": Text("跳到正文", "Skip to the brief"),
    "more_rows": Text("另有{n}行，见数据包", "rows not shown: {n}, see the data pack"),
    "basis": Text("分子 / 分母", "Num. / den."),
    "small_cells": Text("样本过小或无数据，不参与排名", "Too few cases or no data: not ranked"),
    "no_small_cells": Text("无", "None"),
    "no_chart": Text("本期没有可画的诉求量数据", "No request counts to draw"),
    "missing": Text("缺什么", "What is missing"),
    "waterfall": Text("数据构成", "What was counted"),
    "definitions": Text("指标口径", "Definitions"),
    "indicator": Text("指标", "Indicator"),
    "formula": Text("计算公式", "Formula"),
    "received": Text("收到", "Received"),
    "counted": Text("计入", "Counted"),
    "excluded": Text("剔除", "Excluded"),
    "reasons": Text("剔除原因", "Why excluded"),
    "immature": Text("未成熟", "Immature"),
    "method": Text("版本", "method"),
    "owner": Text("责任单位", "Owner"),
    "waterfall_note": Text(
        "收到 = 计入 + 剔除 + 未成熟（未到期或待回访），每行闭合。"
        "率由分子分母直接计算，不对各单位的率求平均；单位合计不等于全市时以全市行为准。",
        "Received = counted + excluded + immature (not yet due, callback outstanding). Rates come from numerator and "
        "denominator, never from an average of units; where units do not add up to the city, the city line holds.",
    ),
    "reading": Text("说明", "How to read"),
    "page": Text("第", "Page "),
    "page_of": Text("页，共", " of "),
    "page_end": Text("页", ""),
    "definitions_pointer": Text("指标口径见第{n}页", "Definitions on page {n}"),
}  # fmt: skip

STATUS = {
    "ok": Text("正常", "normal"),
    "no_base": Text("无基数", "no base"),
    "small_base": Text("基数小，不计百分比", "base too small for a percentage"),
    "small_cell": Text("样本过小", "small cell"),
    "insufficient": Text("数据不足", "insufficient data"),
    "not_comparable": Text("不可比", "not comparable"),
    "provisional": Text("暂定", "provisional"),
    "hidden": Text("隐去", "withheld"),
}
DIRECTION = {
    "up": Text("↑ 越高越好", "↑ higher is better"),
    "down": Text("↓ 越低越好", "↓ lower is better"),
    "none": Text("· 只记数量，不评优劣", "· a count, neither good nor bad"),
}
MARKS: dict[Tone, str] = {"better": "▲", "worse": "▼", "same": "＝", "none": ""}
JUDGEMENT: dict[Tone, Text] = {
    "better": Text("向好", "better"),
    "worse": Text("走弱", "worse"),
    "same": Text("持平", "unchanged"),
    "none": Text("", ""),
}
PARTIAL = Text("前期数据不全", "incomplete then")
NOISE_MARK, NOISE = "≈", Text("波动之内", "within noise")
MARK_LEGEND = Text("▲ 向好 ▼ 走弱 ≈ 波动之内", "▲ better ▼ worse ≈ within noise")
CASES = Text("件", "cases")
UNIT_WORDS = {
    "count": CASES,
    "per_thousand": Text("‰", "per 1,000 households"),
    "per_ten_thousand": Text("名 / 万人", "per 10,000 residents"),
    "degree_hours": Text("℃·h", "°C·h"),
}
NO_DATA = Text("无数据", "no data")
NO_BASE = STATUS["no_base"]
SYNTHETIC = Text("模拟数据 SYNTHETIC DATA", "SYNTHETIC DATA")
UNITS = Text(
    "单位：率为 %，量为件，率的变化为百分点",
    "Units: rates in %, counts in cases, changes of rates in percentage points (pp)",
)
SEASON_RUNS = Text(
    "本采暖季尚未结束，与上一采暖季相同天数比较。",
    "This season still runs; compared are as many days of the season before.",
)
NO_YEAR_BEFORE = Text("诉求量没有上年同期数据", "Request counts: no data a year before")


def labels(kind: Kind) -> dict[str, Text]:
    """All fixed words of a brief of one kind."""
    said = OF[kind]
    span, change = said.span, said.on_before
    by_day = Text("", "")  # the counts of a season compare by date
    if kind != "season":
        by_day = Text(
            f"诉求量的{change.zh}按有数据天数的日均计算。",
            f"{change.en} of request counts compares means per day with data. ",
        )
    of_kind = {
        "highlights": said.heading,
        "no_concerns": Text(
            f"按既定规则，{span.zh}没有需要特别关注的变化。",
            f"By the fixed rules, nothing calls for attention {span.en}.",
        ),
        "change": change,
        "no_ranking": Text("本期没有可排名的单位", f"No unit can be ranked {span.en}"),
        "rounding_note": Text(
            f"{said.compared.zh}率的变化用百分点表示，按未取舍的数值计算，与表中显示值之差可能相差0.1。"
            f"{by_day.zh}随时间成熟的率（办结、化解、整改等）越近的时期越低，不与往期比较。",
            f"{said.compared.en} Changes of rates are in percentage points (pp), taken before rounding, so they may "
            f"differ by 0.1 from the printed rates. {by_day.en}Rates that ripen (closure, resolution of disputes, "
            "rectification) are lower the younger the period, and are not compared.",
        ),
    }
    return LABELS | of_kind


def nothing_missing(kind: Kind) -> Text:
    return Text("本期各指标均有数据", f"Every indicator has data {OF[kind].span.en}")


def not_in_release(title: Text) -> Text:
    """A table that this release does not hold: it was built before the table was."""
    return join(
        "{title}：本次发布不含所需数据表，重新构建后才有", "{title}: this release is older than its table", title=title
    )


def months_apart(count: int) -> Text:
    """KPIs that speak of whole months, in a brief of another kind."""
    number = same(str(count))
    return join("另有{n}项指标只按月计，见月报", "Indicators told by month alone: {n}, see the monthly brief", n=number)


def join(zh: str, en: str, **parts: Text) -> Text:
    """A sentence of both languages with the same parts."""
    return Text(
        zh.format(**{name: part.zh for name, part in parts.items()}),
        en.format(**{name: part.en for name, part in parts.items()}),
    )


def inside(name: Text) -> Text:
    """An English name inside a sentence starts small."""
    return Text(name.zh, name.en[:1].lower() + name.en[1:])


def same(text: str) -> Text:
    return Text(text, text)
