"""Names of places and firms on English pages: an official English name where the data have one, else pinyin."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# Common parts of names are put into English, the longest first; the rest is the name proper and is romanised.
PARTS = {
    "有限责任公司": "Co., Ltd.",
    "股份有限公司": "Co., Ltd.",
    "有限公司": "Co., Ltd.",
    "街道办事处": "Subdistrict Office",
    "社区居委会": "Community",
    "管理委员会": "Management Committee",
    "换热站": "Heat-exchange Station",
    "管委会": "Management Committee",
    "委员会": "Committee",
    "办事处": "Office",
    "街道": "Subdistrict",
    "社区": "Community",
    "小区": "Compound",
    "供热": "Heating",
    "热力": "Heating",
    "物业": "Property",
    "集团": "Group",
    "公司": "Company",
    "中心": "Centre",
    "模拟": "Simulated",
}
# One character says a rank only where a name or a part of it ends: 市 in 市政府 does not.
RANKS = {
    "局": "Bureau",
    "镇": "Town",
    "乡": "Township",
    "区": "District",
    "县": "County",
    "市": "City",
    "站": "Station",
}
PUNCTUATION = str.maketrans("（）、，－", "(),,-")
KNOWN = "|".join(PARTS)
SPLIT = re.compile(f"({KNOWN}|[{''.join(RANKS)}](?=$|[（(]|{KNOWN})|[（）()、，]|[^\u3400-\U0003ffff]+)")
# 热力九公司 is a company by number; 统一公司 is not, so a word known or 第 stands before the numeral.
DIGITS = "一二三四五六七八九"
NUMBERED = re.compile(
    f"(?:第|(?<=供热|热力|物业|集团|模拟))([{DIGITS[1:]}]?十[{DIGITS}]?|[{DIGITS}])((?:供热|热力|物业)?公司)"
)
CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def english(zh: str, en: str | None = None) -> str:
    """`en`, or `zh` romanised where there is none: 青泥洼桥街道 is Qingniwaqiao Subdistrict."""
    return en or romanised(zh)


@cache
def romanised(zh: str) -> str:
    if not CHINESE.search(zh):
        return zh
    zh = NUMBERED.sub(lambda found: f"{found[2]} No. {_number(found[1])}", zh)
    text = " ".join(_part(part) for part in SPLIT.split(zh) if part.strip()).translate(PUNCTUATION)
    return re.sub(r"\s+([),.])|([(])\s+", r"\1\2", text)


def _number(written: str) -> int:
    """一 to 九十九: 十 is 10, 十二 is 12, 二十 is 20."""
    tens, ten, ones = written.rpartition("十")
    return (DIGITS.index(tens) + 1 if tens else 1) * 10 * len(ten) + (DIGITS.index(ones) + 1 if ones else 0)


def _part(text: str) -> str:
    known = PARTS.get(text) or RANKS.get(text)
    return known or ("".join(_pinyin(text)).capitalize() if CHINESE.search(text) else text.strip())


def _pinyin(text: str) -> list[str]:
    found: list[str] = _reader()(text, v_to_u=True)
    return found


@cache
def _reader() -> Callable[..., list[str]]:
    from pypinyin import lazy_pinyin, load_single_dict

    load_single_dict({ord("长"): "cháng"})  # in names of places it is long, seldom grown
    return lazy_pinyin
