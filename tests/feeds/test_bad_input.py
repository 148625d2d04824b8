"""The odd and the broken rows that Chinese offices really send: each lands right or is set aside by name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import Contract, load_contracts
from ingestion.land import land_feed
from ingestion.receipts import Receipt
from ingestion.settings import Settings, load_settings
from tests.feeds.contracts import change_contract, columns_of
from tests.feeds.forms import headers, seal, write_delivery
from tests.feeds.landed import landed, set_aside

CONTRACTS = load_contracts(load_settings())
CITY = CONTRACTS["hotline_city"]  # GB18030 CSV with a title row, 25 columns, totals below
CASE = CITY.examples[0].source
EMPTY = "," * (len(headers(CITY)) - 1)
FIRST = 3  # the record number of the first row: the title and the header stand above


def cases(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return [CASE | {"工单编号": f"2026010500{number}"} | change for number, change in enumerate(changes, start=1)]


def land(settings: Settings, *changes: dict[str, Any], contract: Contract = CITY) -> Receipt:
    """Land one case per set of changed cells, in the feed's own form."""
    write_delivery(contract, cases(*changes), settings.inbox / contract.feed / "a.csv")
    return land_feed(settings, contract.feed).receipts[0]


def land_lines(settings: Settings, *lines: str) -> Receipt:
    """Land lines as they are, below the title and the header."""
    path = settings.inbox / CITY.feed / "a.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join(["样例标题", ",".join(headers(CITY)), *lines, ""]).encode("gb18030"))
    return land_feed(settings, seal(path).parent.name).receipts[0]


def line(**cells: str) -> str:
    """One unquoted line of a case; an embedded comma or quote stays as it is."""
    whole = CASE | {"工单编号": "20260105001", "诉求内容": "样例"} | cells
    return ",".join(str(whole[name]) for name in headers(CITY))


@pytest.mark.parametrize(
    ("column", "header", "moment", "rule"),
    [
        ("received_at", "来电时间", "1900-01-01 00:00:00", "too_early"),
        ("received_at", "来电时间", "1026-01-05 08:00:00", "too_early"),
        ("received_at", "来电时间", "3026-01-05 08:00:00", "in_the_future"),
        ("received_at", "来电时间", "12026-01-05 08:00:00", "not_a_timestamp"),
        ("due_at", "办理时限", "3026-01-05 08:00:00", "too_late"),
        ("due_at", "办理时限", "9999-12-31 00:00:00", "too_late"),
        ("due_at", "办理时限", "1900-01-00 00:00:00", "not_a_timestamp"),
    ],
)
def test_a_date_of_another_age_is_set_aside(
    settings: Settings, column: str, header: str, moment: str, rule: str
) -> None:
    land(settings, {header: moment}, {})
    assert set_aside(settings, CITY.feed) == [(FIRST, column, rule)]
    assert len(landed(settings, CITY.feed)) == 1


@pytest.mark.parametrize(
    "moment",
    [
        "2026年1月5日 14时",
        "2026年01月05日 14时00分",
        "２０２６年１月５日\u300014时",
        "2026/1/5 14:00",
        "\u30002026-01-05 14:00:00 ",
    ],
)
def test_a_moment_may_be_written_as_people_write_it(settings: Settings, moment: str) -> None:
    land(settings, {"来电时间": moment})
    assert [row["received_at"] for row in landed(settings, CITY.feed)] == [datetime(2026, 1, 5, 14)]


def test_full_width_and_ideographic_blanks_are_folded_and_apostrophes_dropped(settings: Settings) -> None:
    land(
        settings,
        {"工单编号": "\u3000＇２０２６０１０５００１\u3000"},
        {"工单编号": "'20260105002"},
        {"所属街道": "\u3000机场街道\u00a0"},
    )
    rows = landed(settings, CITY.feed)
    assert [row["case_no"] for row in rows] == ["20260105001", "20260105002", "20260105003"]
    assert {row["street_name"] for row in rows} == {"机场街道"}


def test_unescaped_quotes_inside_a_text_are_text(settings: Settings) -> None:
    receipt = land_lines(settings, line(诉求内容='居民称"室温太低"请处理'), line(工单编号="2", 诉求内容='"样例"'))
    assert (receipt.landed, receipt.quarantined) == (2, 0)


def test_a_quote_that_breaks_its_row_costs_that_row_only(settings: Settings) -> None:
    broken = line(诉求内容='"居民称"室温太低"请处理"')
    receipt = land_lines(settings, broken, line(工单编号="2"), line(工单编号="3"))
    assert receipt.landed == 2
    assert set_aside(settings, CITY.feed) == [(FIRST, None, "quote")]


def test_line_breaks_inside_a_text_keep_the_row_whole(settings: Settings) -> None:
    broken = ['"样例：\n室温低"', '"一\r\n二\n\n三"', '"合计\n"']
    receipt = land_lines(settings, *(line(工单编号=str(n), 诉求内容=text) for n, text in enumerate(broken)))
    assert (receipt.received, receipt.landed) == (3, 3)
    assert [row["row_no"] for row in landed(settings, CITY.feed)] == [3, 4, 5]


def test_a_row_with_a_field_too_many_or_too_few_is_set_aside_by_its_place(settings: Settings) -> None:
    assert len(headers(CITY)) > 20
    short = line(工单编号="2").rsplit(",", 1)[0]
    land_lines(settings, line(), short, line(工单编号="3") + ",多", line(工单编号="4"))
    assert set_aside(settings, CITY.feed) == [(4, None, "field_count"), (5, None, "field_count")]
    assert len(landed(settings, CITY.feed)) == 2


@pytest.mark.parametrize("total", ["合计,2", "合 计", "\u3000总\u3000计 ,,2", "小计" + EMPTY, "合\u3000计" + EMPTY])
def test_totals_are_no_records_wherever_they_stand(settings: Settings, total: str) -> None:
    receipt = land_lines(settings, line(), total, line(工单编号="2"), total)
    assert (receipt.received, receipt.landed, receipt.quarantined) == (2, 2, 0)


@pytest.mark.parametrize(
    ("column", "header", "value"),
    [
        ("case_no", "工单编号", "2026??001"),
        ("case_no", "工单编号", "锟斤拷001"),
        ("district_name", "所属区县", "甘井子●?"),
        ("district_name", "所属区县", "烫烫烫"),
        ("unit_name", "承办单位", "样例\ufffd公司"),
        ("status", "工单状态", "??"),
        ("channel", "受理渠道", "电\ufffd"),
    ],
)
def test_lost_characters_are_set_aside_as_such(settings: Settings, column: str, header: str, value: str) -> None:
    land(settings, {header: value}, {})
    assert set_aside(settings, CITY.feed) == [(FIRST, column, "garbled")]


def test_one_question_mark_and_marks_in_free_text_are_no_loss(settings: Settings) -> None:
    assert land(settings, {"所属街道": "机场街道?", "诉求内容": "何时供热？？??"}, {"受理渠道": "传真"}).landed == 1
    assert set_aside(settings, CITY.feed) == [(FIRST + 1, "channel", "unknown_value")]


def test_a_code_that_lost_its_leading_zero_is_caught_by_its_pattern(settings: Settings) -> None:
    columns = columns_of(CITY.feed)
    columns[0]["pattern"] = "0[0-9]{10}"
    changed, contract = change_contract(settings, CITY.feed, columns=columns)
    land(changed, {"工单编号": "02601050001"}, {"工单编号": "2601050001"}, contract=contract)
    assert [row["case_no"] for row in landed(changed, CITY.feed)] == ["02601050001"]
    assert set_aside(changed, CITY.feed) == [(FIRST + 1, "case_no", "pattern")]


def test_no_message_ever_shows_a_cell(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = "独此一份"
    receipt = land(
        settings, {"来电时间": secret}, {"受理渠道": secret}, {"所属区县": f"{secret}\ufffd"}, {"联系电话": secret}
    )
    assert receipt.quarantined == 3
    assert secret not in str(receipt) + caplog.text
    files = [path for zone in (settings.receipts, settings.quarantine) for path in Path(zone).rglob("*.*")]
    assert not any(secret.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize("number", ["2.0260105e+17", "2.02601E+10", "2E+17"])
def test_a_code_that_a_spreadsheet_made_a_number_of_is_set_aside(settings: Settings, number: str) -> None:
    receipt = land(settings, {"工单编号": number}, {})
    assert (receipt.landed, receipt.quarantine_rules) == (1, {"scientific": 1})


def test_codes_that_only_look_like_one_land(settings: Settings) -> None:
    assert land(settings, {"工单编号": "1E22"}, {"工单编号": "A.1+2"}).landed == 2


def test_a_name_that_holds_a_phone_or_an_identity_number_is_set_aside(settings: Settings) -> None:
    phone, identity = "1" + "38" + "0013" + "8000", "210202" + "19900307" + "001X"
    receipt = land(
        settings, {"承办单位": f"样例局{phone}"}, {"问题分类": f"样例{identity}"}, {"承办单位": "样例局2026年第12345号"}
    )
    assert (receipt.landed, receipt.quarantine_rules) == (1, {"personal": 2})


@pytest.mark.parametrize(("count", "landed_as"), [("120.0", 120), ("120.", 120), ("+7", 7)])
def test_a_whole_number_however_written_is_one(settings: Settings, count: str, landed_as: int) -> None:
    contract = CONTRACTS["hotline_call"]
    write_delivery(
        contract, [contract.examples[0].source | {"呼入/请求人工": count}], settings.inbox / contract.feed / "a.xlsx"
    )
    land_feed(settings, contract.feed)
    assert [row["offered_count"] for row in landed(settings, contract.feed)] == [landed_as]


@pytest.mark.parametrize("count", ["120.5", "1.9", "1.5e1"])
def test_a_fraction_is_no_whole_number_and_never_rounded(settings: Settings, count: str) -> None:
    contract = CONTRACTS["hotline_call"]
    write_delivery(
        contract, [contract.examples[0].source | {"呼入/请求人工": count}], settings.inbox / contract.feed / "a.xlsx"
    )
    assert land_feed(settings, contract.feed).receipts[0].quarantine_rules == {"not_an_integer": 1}


@pytest.mark.parametrize("phone", ["1.38E+10", "不详", "12"])
def test_a_required_phone_that_cannot_be_read_is_missing(settings: Settings, phone: str) -> None:
    contract = CONTRACTS["capacity_worker"]  # its key: two workers without a phone would be one
    write_delivery(
        contract,
        [contract.examples[0].source | {"联系电话": phone}, contract.examples[0].source],
        settings.inbox / contract.feed / "a.csv",
    )
    receipt = land_feed(settings, contract.feed).receipts[0]
    assert (receipt.landed, receipt.quarantine_rules, receipt.flags) == (1, {"missing": 1}, {})
