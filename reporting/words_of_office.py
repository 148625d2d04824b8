"""The fixed words of the data pack and of the version for editing, beside those of reporting/words.py."""

from __future__ import annotations

from reporting.brief import Text

SHEETS = {
    "overview": Text("概览", "Overview"),
    "indicators": Text("指标", "Indicators"),
    "notes": Text("说明", "Notes"),
    "waterfall": Text("数据构成", "What was counted"),
    "definitions": Text("指标口径", "Definitions"),
}
HEADS = {
    "id": Text("编号", "Id"),
    "code": Text("代码", "Code"),
    "group": Text("并列组", "Side by side"),
    "value": Text("数值", "Value"),
    "unit": Text("单位", "Unit"),
    "kind": Text("变化类型", "Kind of change"),
    "formula": Text("计算公式", "Formula"),
    "method": Text("口径版本", "Method version"),
    "printed": Text("列示", "As printed"),
    "numerator": Text("分子", "Numerator"),
    "denominator": Text("分母", "Denominator"),
    "change": Text("变化", "Change"),
    "judgement": Text("评判", "Judgement"),
    "light": Text("达标", "Light"),
    "direction": Text("方向", "Direction"),
    "state": Text("质量与状态", "Quality and status"),
    "as_of": Text("数据时点", "As of"),
    "remarks": Text("备注", "Remarks"),
    "definition": Text("口径", "Definition"),
    "low": Text("区间下限", "Interval, low"),
    "high": Text("区间上限", "Interval, high"),
    "section": Text("部分", "Section"),
    "text": Text("内容", "Text"),
    "sheet": Text("工作表", "Sheet"),
    "rows": Text("行数", "Rows"),
    "note": Text("说明", "Note"),
}
HIGHLIGHTS = Text("要点", "Highlights")
NO_CONCERNS = Text(
    "按既定规则，没有需要特别关注的变化。",
    "By the fixed rules, nothing calls for attention.",
)
PERIOD = Text("统计期", "Period")
AREA = Text("范围", "Area")
UNITS = Text("单位", "Units")
SOURCE = Text("来源", "Source")
REST = Text("另有{n}行，见数据表格（XLSX）。", "{n} more rows are in the data pack (XLSX).")
POINTS = Text("个百分点", " pp")
# 一、二、三 for the parts of a document, （一）（二） within one; 1, 1.1 in English.
DIGITS = "零一二三四五六七八九"


def ordinal(n: int) -> str:
    """1 as 一, 12 as 十二, 30 as 三十."""
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")


def numbered(title: Text, part: int, within: int = 0) -> Text:
    """A heading with its number: of a part, or within one."""
    if within:
        return Text(f"（{ordinal(within)}）{title.zh}", f"{part}.{within} {title.en}")
    return Text(f"{ordinal(part)}、{title.zh}", f"{part} {title.en}")
