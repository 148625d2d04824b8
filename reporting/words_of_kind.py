"""The words that differ between a brief of a month, a week, a quarter, a season and a month to date."""

from __future__ import annotations

from dataclasses import dataclass

from reporting.brief import Text
from reporting.period import Kind


@dataclass(frozen=True)
class KindWords:
    """`on_before` and `year_on_year` name a change; `than_before` and `than_year_ago` end a sentence about one.

    `span_named` stands before the days of a span that they do not explain by themselves.
    """

    title: Text
    heading: Text
    span: Text
    on_before: Text
    than_before: Text
    year_on_year: Text
    than_year_ago: Text
    compared: Text
    no_hotline: Text
    not_whole: Text
    chart_days: Text
    span_named: Text | None = None


def _words(
    span: Text,
    *,
    title: Text,
    heading: Text,
    whole: Text,
    compared: Text,
    chart: Text,
    named: Text | None = None,
    **changes: Text,
) -> KindWords:
    return KindWords(
        span_named=named,
        title=title,
        heading=heading,
        span=span,
        compared=compared,
        no_hotline=Text(f"{span.zh}没有收到市平台热线诉求数据。", f"No city hotline data were received for {span.en}."),
        not_whole=Text(
            f"数据{whole.zh}{{days}}天，有热线数据{{covered}}天，数字还会变化。",
            f"Not {whole.en}: hotline data for {{covered}} of {{days}} days, and the figures will still move.",
        ),
        chart_days=chart,
        **changes,
    )


YOY = {"year_on_year": Text("同比", "YoY"), "than_year_ago": Text("同比", "on a year before")}
MONTH_ON_MONTH = Text("环比", "MoM")

OF: dict[Kind, KindWords] = {
    "monthly": _words(
        Text("本月", "this month"),
        title=Text("月报", "monthly governance brief"),
        heading=Text("本月要点", "This month"),
        whole=Text("不满月：全月", "a whole month"),
        on_before=MONTH_ON_MONTH,
        than_before=Text("环比", "on the month before"),
        compared=Text(
            "环比指与上月相比，同比指与上年同月相比。",
            "MoM compares with the month before, YoY with the same month a year before.",
        ),
        chart=Text("本月与上年同月", "this month and a year before"),
        **YOY,
    ),
    "daily": _words(
        Text("本月至今", "this month to date"),
        title=Text("日报", "daily governance brief"),
        heading=Text("月内要点", "Month to date"),
        named=Text("本月至今", "Month to date"),
        whole=Text("不全：应有", "whole"),
        on_before=MONTH_ON_MONTH,
        than_before=Text("较上月同期", "on the same days of the month before"),
        compared=Text(
            "环比指与上月相同日期之间相比，同比指与上年相同日期之间相比。",
            "MoM compares with the same days of the month before, YoY with the same days a year before.",
        ),
        chart=Text("本月至今与上年同期", "this month to date and a year before"),
        **YOY,
    ),
    "weekly": _words(
        Text("本周", "this week"),
        title=Text("周报", "weekly governance brief"),
        heading=Text("本周要点", "This week"),
        whole=Text("不满周：全周", "a whole week"),
        on_before=Text("环比", "WoW"),
        than_before=Text("环比", "on the week before"),
        compared=Text(
            "环比指与上周相比，同比指与上年相同日期的七天相比。",
            "WoW compares with the week before, YoY with the seven days of the same dates a year before.",
        ),
        chart=Text("本周与上年同期", "this week and a year before"),
        **YOY,
    ),
    "quarterly": _words(
        Text("本季度", "this quarter"),
        title=Text("季报", "quarterly governance brief"),
        heading=Text("本季度要点", "This quarter"),
        whole=Text("不满季：全季", "a whole quarter"),
        on_before=Text("环比", "QoQ"),
        than_before=Text("环比", "on the quarter before"),
        compared=Text(
            "环比指与上季度相比，同比指与上年同季度相比。",
            "QoQ compares with the quarter before, YoY with the same quarter a year before.",
        ),
        chart=Text("本季度与上年同期", "this quarter and a year before"),
        **YOY,
    ),
    "season": _words(
        Text("本采暖季", "this heating season"),
        title=Text("采暖季总结", "heating season governance brief"),
        heading=Text("采暖季要点", "This season"),
        whole=Text("不满季：全季", "a whole season"),
        on_before=Text("较上一采暖季", "vs season before"),
        than_before=Text("较上一采暖季", "on the season before"),
        year_on_year=Text("较上一采暖季", "vs season before"),
        than_year_ago=Text("较上一采暖季", "on the season before"),
        compared=Text(
            "变化均与上一采暖季相比；两个采暖季天数可能不同，诉求量按相同日期比较。",
            "Compared is the heating season before; seasons may differ in length, and request counts compare by date.",
        ),
        chart=Text("本采暖季与上一采暖季", "this season and the season before"),
    ),
}
