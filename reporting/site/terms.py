"""Words that the pages use and a reader may ask about: 术语, each with what it means here."""

from __future__ import annotations

from dataclasses import dataclass

from reporting.brief import Text


@dataclass(frozen=True)
class Term:
    """One term; `key` is its anchor."""

    key: str
    name: Text
    meaning: Text


TERMS = tuple(
    Term(key, Text(zh, en), Text(meaning_zh, meaning_en))
    for key, zh, en, meaning_zh, meaning_en in (
        (
            "basis", "分子与分母", "Numerator and denominator",
            "率 = 分子 ÷ 分母。各单位合并时，分子与分子相加、分母与分母相加，从不对率求平均。",
            "A rate is numerator ÷ denominator. Units are put together by adding numerators and denominators, never by "
            "averaging rates.",
        ),
        (
            "points", "百分点", "Percentage points (pp)",
            "两个率之差。96% 到 97% 是上升1个百分点，不是上升1%。",
            "The difference of two rates. From 96% to 97% is one percentage point, not one percent.",
        ),
        (
            "before", "环比", "MoM (on the month before)",
            "与上月相比。数量按日均比较，因为各月天数不同。",
            "Against the month before. Counts compare by their daily means, for months differ in length.",
        ),
        (
            "year", "同比", "YoY (on a year before)",
            "与上年同月相比。", "Against the same month a year before.",
        ),
        (
            "light", "目标与达标标记", "Target and light",
            "✓ 为达到目标，▼ 为未达到。没有公布或约定目标的指标没有标记；颜色从不单独表示含义。",
            "✓ met, ▼ missed. A KPI without a published or agreed target has no light; colour never speaks alone.",
        ),
        (
            "small", "样本过小", "Small cell",
            "分母小于规定数目的单位：不显示率、不参与排名，单独列出。",
            "A unit whose denominator is below the set number: no rate is shown, it is not ranked and stands apart.",
        ),
        (
            "small_base", "基数小", "Small base",
            "上年同期数量太少，百分比没有意义，因此不计算。",
            "The count a year before is so small that a percentage would mean nothing: none is computed.",
        ),
        (
            "no_base", "无基数", "No base",
            "没有可以计入分母的记录，因此没有率。", "No record counts into the denominator, so there is no rate.",
        ),
        (
            "insufficient", "数据不足", "Insufficient data",
            "有效读数或测点太少，数值不可信，因此不显示。",
            "Too few valid readings or points for a figure to be trusted: none is shown.",
        ),
        (
            "not_comparable", "不可比", "Not comparable",
            "两期口径不同、月份未满或仍有未到期的在办件，因此不作比较。",
            "The two periods were counted differently, a month is not whole, or cases are open and not yet due.",
        ),
        (
            "provisional", "暂定", "Provisional",
            "数值还会随在途数据变化。", "The figure will still move with data on their way.",
        ),
        (
            "excluded", "剔除", "Excluded",
            "按口径不计入的记录，每一条都有原因代码。收到 = 计入 + 剔除 + 未成熟，每行闭合。",
            "Records that the definition leaves out, each with a reason. Received = counted + excluded + immature.",
        ),
        (
            "immature", "未成熟", "Immature",
            "尚未到期或待回访，还不能判断的记录。", "Records not yet due or awaiting a callback: not yet to be judged.",
        ),
        (
            "grade", "质量等级", "Quality grade",
            "A、B、C：所用数据源当月的隔离率与区域未知率，A 最好。",
            "A, B or C: by the shares of rows set aside and without a known area in the feed's month; A is best.",
        ),
        (
            "quarantine", "隔离", "Set aside",
            "不符合契约的行，不进入统计，保存待源头更正。",
            "Rows that break the contract: they enter no figure and wait for the source to correct them.",
        ),
        (
            "duplicates", "重复", "Duplicates",
            "与已入库的行完全相同的行，只计一次。", "Rows that equal one already landed: counted once.",
        ),
        (
            "release", "发布", "Release",
            "通过全部阻断检查后写成的只读数据库，编号不变，内容不变。",
            "A read-only database written after every blocking check passed; under one id it never changes.",
        ),
        (
            "as_of", "数据截至", "Data as of",
            "数据中最晚的时刻，不是制作页面的时刻。",
            "The latest moment that the data tell of, not the moment of the page.",
        ),
        (
            "restatement", "修订", "Restatement",
            "已关闭超过90天的月份，数值与上次发布不同。", "A month closed for more than 90 days is not what it was.",
        ),
        (
            "method", "口径版本", "Method version",
            "计算规则的版本；规则改变时加一，前后不同版本不作比较。",
            "The version of a rule; it rises when the rule changes, and different versions are not compared.",
        ),
        (
            "synthetic", "模拟数据", "Synthetic data",
            "由模拟程序产生，不代表真实情况。", "Made by the simulator: not the real city.",
        ),
    )
)  # fmt: skip
