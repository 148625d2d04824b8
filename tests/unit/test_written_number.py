"""The number grammar: every spelling of the ledger, and what must hold of any number that can be written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.written_number import UNITS, NotANumber, canonical, read

SPELLINGS = {
    "近3000名": "(2700,3000) 名",
    "1.9万余": "[19000,20000)",
    "5.7万余项": "[57000,58000) 项",
    "约10800个": "[10750,10850) 个",
    "翻一番": "[1.9,2.1] 倍 multiple",
    "翻两番": "[3.8,4.2] 倍 multiple",
    "５.７万": "[56500,57500)",
    "三千": "[3000,3000]",
    "约三千户": "[2500,3500) 户",
    "两千五百户": "[2500,2500] 户",
    "十余家": "[10,20) 家",
    "百名": "[100,100] 名",
    "1000余万条": "[10000000,20000000) 条",
    "385万余次": "[3850000,3860000) 次",
    "100亿条": "[9950000000,10050000000) 条",
    "190多项": "[190,200) 项",
    "2.88万件次": "[28750,28850) 件次",
    "76万册": "[755000,765000) 册",
    "1,690个": "[1690,1690] 个",
    "18名以上": "[18,) 名",
    "不少于18名": "[18,) 名",
    "超过5%": "(0.05,) %",
    "不超过500户": "(,500] 户",
    "200至300户": "[200,300] 户",
    "平均11名": "[10.5,11.5) 名",
    "19.3名/万人": "[19.25,19.35) 名/万人",
    "94.8%": "[0.9475,0.9485) %",
    "百分之六十五": "[0.645,0.655) %",
    "100%": "[1,1] %",
    "98%": "[0.975,0.985) %",
    "下降54.31%": "(-0.54315,-0.54305] % relative",
    "同比下降24%": "(-0.245,-0.235] % relative",
    "提高44%": "[0.435,0.445) % ambiguous",
    "提高44个百分点": "[0.435,0.445) pp points",
    "提前20天": "[-20,-20] 天",
    "18.0℃": "[17.95,18.05) °C",
}
NO_NUMBERS = (
    "",
    "约",
    "若干",
    "近3000余",
    "43,55",
    "余5万",
    "3000只羊",
    "1.2.3",
    "300至200户",
    "5%户",
    "%",
    "三零零千",
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_spelling_claims_its_range(text: str) -> None:
    assert read(text).canonical == SPELLINGS[text]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused_and_never_told(text: str) -> None:
    assert canonical(text) is None
    with pytest.raises(NotANumber) as refused:
        read(text)
    assert str(refused.value) == ""


whole = st.integers(1, 99_999_999)
units = st.sampled_from(sorted(UNITS - {"万人"}))


@given(whole, units)
def test_a_whole_number_is_itself_in_its_unit(number: int, unit: str) -> None:
    found = read(f"{number}{unit}")
    assert [found.low, found.high, found.value] == [Decimal(number)] * 3
    assert found.unit == unit
    assert read(f"{number:,}{unit}") == found


@given(whole)
def test_near_stays_below_and_more_stays_above(number: int) -> None:
    near, more = read(f"近{number}"), read(f"{number}余")
    assert near.holds(number * Decimal("0.95"))
    assert not near.holds(Decimal(number))
    assert more.holds(Decimal(number))
    assert more.low == number
    assert more.high is not None
    assert not more.holds(more.high)


@given(whole)
def test_about_is_half_a_unit_of_the_last_significant_digit_either_side(number: int) -> None:
    found = read(f"约{number}")
    digits = str(number).rstrip("0")
    unit = 10 ** (len(str(number)) - len(digits))
    assert (found.low, found.high) == (number - Decimal(unit) / 2, number + Decimal(unit) / 2)


@given(st.integers(1, 9999), st.sampled_from(["万", "亿"]))
def test_ten_thousands_multiply_and_stand_for_their_rounding(number: int, large: str) -> None:
    scale = {"万": 10_000, "亿": 100_000_000}[large]
    found = read(f"{number}{large}")
    assert found.value == number * scale
    assert (found.low, found.high) == ((number - Decimal("0.5")) * scale, (number + Decimal("0.5")) * scale)


@given(st.decimals(0, 99, places=2))
def test_a_percentage_holds_what_rounds_half_up_to_it(percentage: Decimal) -> None:
    found = read(f"{percentage}%")
    half = Decimal("0.00005")
    assert found.holds(percentage / 100 - half)
    assert not found.holds(percentage / 100 + half)


@given(st.decimals("0.01", 99, places=2))
def test_a_fall_mirrors_a_rise(percentage: Decimal) -> None:
    fall, rise = read(f"下降{percentage}%"), read(f"增长{percentage}%")
    assert rise.low is not None
    assert rise.high is not None
    assert (fall.low, fall.high) == (-rise.high, -rise.low)
    assert (fall.low_open, fall.high_open) == (rise.high_open, rise.low_open)


@given(st.decimals("0.1", 99, places=1))
def test_a_rise_of_a_share_is_ambiguous_until_it_names_points(percentage: Decimal) -> None:
    assert read(f"提高{percentage}%").reading == "ambiguous"
    assert read(f"提高{percentage}个百分点").reading == "points"


@given(st.text(max_size=12))
def test_any_text_is_a_range_that_holds_its_number_or_is_refused(text: str) -> None:
    try:
        found = read(text)
    except NotANumber:
        return
    assert found.low is None or found.low <= found.value
    assert found.high is None or found.value <= found.high
    assert read(text.translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"})) == found
