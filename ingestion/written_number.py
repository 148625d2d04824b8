"""Numbers as officials write them, read into what they claim: 近3000, 1.9万余, 约10800, 翻一番, 提高44%, ５.7万, 三千.

A published number is a claim about a range. `read` gives that range: its two bounds, whether each belongs to it, the
unit counted in, and how a percentage is meant. The rules stand in docs/figures.md; they are the only ones in use, at
the door (contract columns of type `figure`) and for the ledger of published figures alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Reading = Literal["count", "share", "relative", "points", "ambiguous", "multiple"]

DIGITS = {
    zero: value for value, zeros in enumerate(("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍")) for zero in zeros
}
DIGITS |= {digit: value for value, digits in enumerate(("六陆", "七柒", "八捌", "九玖"), 6) for digit in digits}
SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}
FALLS = ("提前", "下降", "降低", "减少", "压减", "降", "减")
RISES = ("增长", "增加", "新增", "增")
UNSURE = ("提高", "提升", "上升")  # of a share: by so many percent, or by so many percentage points?
NEAR, ABOUT, OVER = ("接近", "近"), ("大约", "约"), ("超过", "超", "逾", "突破")
LEAST, MOST = ("不低于", "不少于", "至少"), ("不高于", "不超过", "至多")
AND_MORE, ROUGHLY, AT_LEAST, AT_MOST = ("余", "多"), ("左右", "上下"), ("以上",), ("以下", "以内")
# What is counted. 件, 件次, 人次 and 户 are different units: none stands for another, and none divides another.
UNITS = frozenset(
    [
        "件",
        "件次",
        "人次",
        "户次",
        "场次",
        "人",
        "名",
        "位",
        "户",
        "家",
        "个",
        "项",
        "条",
        "处",
        "场",
        "次",
        "站",
        "台",
        "座",
        "栋",
        "套",
        "支",
        "团",
        "所",
        "间",
        "辆",
        "册",
        "份",
        "类",
        "种",
        "级",
        "档",
        "岗",
        "天",
        "年",
        "月",
        "期",
        "班",
        "组",
        "岁",
        "张",
        "公里",
        "平方米",
        "小时",
        "元",
        "倍",
        "村",
        "街道",
        "社区",
        "网格",
        "小区",
        "部门",
        "地区",
        "领域",
        "万人",
        "°C",
    ]
)
NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?|[零〇一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟两]+"
SHAPE = re.compile(
    rf"(?P<before>{'|'.join((*NEAR, *ABOUT, *OVER, *LEAST, *MOST))})?(?P<sign>[+-])?(?P<hundredths>百分之)?"
    rf"(?P<number>{NUMBER})(?P<more>{'|'.join(AND_MORE)})?(?P<large>[百千]?[万亿]{{0,2}})"
    rf"(?P<more_after>{'|'.join(AND_MORE)})?(?P<unit>.*?)"
    rf"(?P<after>{'|'.join((*AND_MORE, *ROUGHLY, *AT_LEAST, *AT_MOST))})?"
)
DOUBLED = re.compile(r"翻(?P<times>[一两二三四]|[1-4])(?:番|倍)")
BETWEEN = re.compile(rf"(?P<low>{NUMBER})(?:至|到|-|—|–|~)(?P<high>{NUMBER})(?P<unit>[^0-9]*)")
POINTS = ("个百分点", "百分点")
MEAN = "平均"  # no count but a quotient, and so rounded
SLACK = Decimal("0.05")  # 翻一番 is a manner of speaking: twice, give or take five percent


class NotANumber(ValueError):
    """The text is not a number of the grammar. Says nothing of the text, which may hold anything."""


@dataclass(frozen=True)
class Written:
    """The range a written number claims. A share stands as 0 to 1 with unit `%`; None is no bound on that side.

    `value` is the number itself and `decimals` those of the number as written (of the percentage, where it is one).
    """

    value: Decimal
    low: Decimal | None
    high: Decimal | None
    low_open: bool
    high_open: bool
    unit: str
    reading: Reading
    decimals: int

    @property
    def canonical(self) -> str:
        """One spelling for all spellings: `[57000,58000) 项`, `(,18] 名`, `[0.435,0.445) % ambiguous`."""
        low, high = (None if bound is None else _plain(bound) for bound in (self.low, self.high))
        ends = f"{'(' if self.low_open else '['}{low or ''},{high or ''}{')' if self.high_open else ']'}"
        meant = "" if self.reading in ("count", "share") else self.reading
        return " ".join(part for part in (ends, self.unit, meant) if part)

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in the range."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below


def read(text: str) -> Written:
    """What a written number claims. Raises NotANumber."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).removeprefix("同比")
    is_mean = folded.startswith(MEAN)
    folded = folded.removeprefix(MEAN)
    if found := DOUBLED.fullmatch(folded):
        return _doubled(found["times"])
    if found := BETWEEN.fullmatch(folded):
        return _between(read(found["low"] + found["unit"]), read(found["high"] + found["unit"]))
    word = next((word for word in (*FALLS, *RISES, *UNSURE) if folded.startswith(word)), "")
    found = SHAPE.fullmatch(folded.removeprefix(word).removeprefix("了"))
    if not found:
        raise NotANumber
    percent, unit = _unit(found["unit"], found["hundredths"])
    amount, last, places = _amount(found["number"], found["large"] or "", percent)
    plain = Written(amount, amount, amount, False, False, unit, "share" if percent else "count", places)
    ranged = _ranged(plain, last, found, rounded=bool(found["large"] or percent or places or is_mean))
    if percent and (word or found["sign"] or unit == "pp"):
        ranged = replace(ranged, reading="points" if unit == "pp" else "ambiguous" if word in UNSURE else "relative")
    falls = word in FALLS or found["sign"] == "-"
    return _mirrored(ranged) if falls else ranged


def canonical(text: str) -> str | None:
    """The range that a written number claims, in one spelling; None where it is none of the grammar."""
    try:
        return read(text).canonical
    except NotANumber:
        return None


def _unit(text: str, hundredths: str | None) -> tuple[bool, str]:
    """Whether it is a percentage, and what is counted."""
    if text in POINTS:
        return True, "pp"
    if (text == "%") != bool(hundredths) and text in ("%", ""):
        return True, "%"
    counted, _, each = text.partition("/")
    if (text and hundredths) or not {counted, each} <= UNITS | {""} or text.endswith("/"):
        raise NotANumber
    return False, text


def _amount(number: str, large: str, percent: bool) -> tuple[Decimal, Decimal, int]:
    """The number, one unit of its last significant digit, and its decimals."""
    if number[0] in "0123456789":
        if "," in number and not re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", number):
            raise NotANumber
        digits = number.replace(",", "")
        value = Decimal(digits)
    else:
        digits = str(_chinese(number))
        value = Decimal(digits)
    places = len(digits.partition(".")[2])
    zeros = 0 if places else len(digits) - len(digits.rstrip("0"))
    last = Decimal(1).scaleb(zeros - places) if value else Decimal(1)
    scale = Decimal(1)
    for sign in large:
        scale *= LARGE.get(sign) or SMALL[sign]
    if percent:
        scale /= 100
    return value * scale, last * scale, places


def _chinese(number: str) -> int:
    """三千 is 3000, 两千五百 2500, 十二 12, 二〇二三 2023."""
    if not any(sign in SMALL for sign in number):
        return int("".join(str(DIGITS[sign]) for sign in number))
    total, digit, step = 0, None, 10_000
    for sign in number:
        if sign in SMALL:
            if SMALL[sign] >= step or digit == 0:
                raise NotANumber
            step = SMALL[sign]
            total += (1 if digit is None else digit) * step
            digit = None
        elif digit:
            raise NotANumber
        else:
            digit = DIGITS[sign]
    return total + (digit or 0)


def _ranged(plain: Written, last: Decimal, found: re.Match[str], *, rounded: bool) -> Written:
    """The range that the words around the number make of it."""
    value, half = plain.value, last / 2
    more = [mark for mark in (found["more"], found["more_after"]) if mark]
    after = found["after"] or ""
    more += [after] if after in AND_MORE else []
    words = [word for word in (found["before"], *more, after if after not in AND_MORE else "") if word]
    if len(words) > 1:
        raise NotANumber  # 近3000余 claims two things at once
    match words[0] if words else "":
        case word if word in NEAR:
            return replace(plain, low=value * Decimal("0.9"), low_open=True, high_open=True)
        case word if word in AND_MORE:
            return replace(plain, high=value + last, high_open=True)
        case word if word in (*ABOUT, *ROUGHLY):
            return replace(plain, low=value - half, high=value + half, high_open=True)
        case word if word in OVER:
            return replace(plain, high=None, low_open=True, high_open=True)
        case word if word in (*LEAST, *AT_LEAST):
            return replace(plain, high=None, high_open=True)
        case word if word in (*MOST, *AT_MOST):
            return replace(plain, low=None, low_open=True)
    if not rounded or (plain.unit == "%" and plain.value in (0, 1) and not plain.decimals):
        return plain  # a whole number is itself, and 100 % says that nothing is missing
    unit = Decimal(1).scaleb(-plain.decimals) * (_scale(found["large"] or "") if plain.reading == "count" else 1)
    half = unit / (2 if plain.reading == "count" else 200)
    return replace(plain, low=value - half, high=value + half, high_open=True)


def _scale(large: str) -> int:
    product = 1
    for sign in large:
        product *= LARGE.get(sign) or SMALL[sign]
    return product


def _mirrored(written: Written) -> Written:
    low, high = (None if bound is None else -bound for bound in (written.high, written.low))
    return replace(
        written, value=-written.value, low=low, high=high, low_open=written.high_open, high_open=written.low_open
    )


def _between(low: Written, high: Written) -> Written:
    """200至300户 holds both ends."""
    if low.reading != "count" or low.value >= high.value:
        raise NotANumber
    return replace(low, low=low.value, high=high.value, low_open=False, high_open=False)


def _doubled(times: str) -> Written:
    value = Decimal(2) ** (DIGITS.get(times) or int(times))
    return Written(value, value * (1 - SLACK), value * (1 + SLACK), False, False, "倍", "multiple", 0)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
