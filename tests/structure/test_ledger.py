"""The ledger of published figures by its seeds: complete, read by the number grammar, in both languages."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal

import pytest

from ingestion.contract import load_contracts
from ingestion.written_number import read
from simulator.replay.ledger import Ledger
from simulator.replay.replay import DELIVERIES
from tests.structure.repo import BUILT_IN, DBT, is_bilingual

# Written down independently of the seed: the rows of the ledger, and how many single numbers each holds at least.
DALIAN = {
    "F001": 1, "F002": 1, "F003": 1, "F004": 1, "F005": 1, "F006": 2, "F007": 1, "F008": 2, "F009": 1, "F010": 2,
    "F020": 3, "F021": 2, "F022": 3, "F023": 2, "F024": 4, "F025": 1, "F026": 4, "F027": 1, "F028": 2, "F029": 2,
    "F030": 3, "F031": 1, "F032": 1, "F033": 4, "F034": 3,
    "F040": 3, "F041": 3, "F042": 1, "F043": 3, "F044": 1, "F045": 2, "F046": 7, "F047": 3, "F048": 2, "F049": 3,
    "F050": 3, "F051": 2, "F052": 4, "F053": 2, "F054": 3, "F055": 2, "F056": 5, "F057": 10, "F058": 5, "F059": 5,
    "F060": 3, "F061": 2, "F062": 2, "F063": 4, "F064": 5, "F065": 8,
    "F070": 6, "F071": 10, "F072": 6, "F073": 10, "F074": 3, "F075": 3, "F076": 4, "F077": 4, "F078": 11,
}  # fmt: skip
EXTERNAL = {"E001": 14, "E002": 6, "E003": 6, "E004": 4, "E005": 4, "E006": 1}
BULLETINS = {"X01", "X02", "X03", "X04", "X05", "X06", "X07"}
# The figures that documents print, by row: none may be lost on the way into the seed.
PRINTED = {
    "F001": "54.31%", "F002": "14.18%", "F009": "24%", "F020": "2385 2260 94.8%", "F021": "23948 99.47%",
    "F022": "143 97.2%", "F023": "5.7万余", "F024": "2212 1299 58.73%", "F025": "2.88万", "F026": "18 12 10 40",
    "F027": "638", "F028": "102 47%", "F029": "85 190多", "F030": "51.2% 18.5% 8.4%", "F031": "98%", "F032": "9908",
    "F033": "327 1700 76万 10", "F034": "4355 1479 5834", "F040": "19661 1526 21187", "F041": "20409 1.038 0.963",
    "F043": "402 36204 90.1", "F044": "358", "F045": "29 36", "F046": "743 8224 267.94万 613.57万 11 3600 13.4",
    "F047": "215 108 841", "F048": "3266 15%", "F049": "149 743 100%", "F050": "15285 4.6万 3491", "F051": "1617 11",
    "F052": "3011 近3000 3620 翻一番", "F053": "18 近2000", "F054": "13397 5000 200", "F055": "1231",
    "F056": "629 148 216 800余 1690", "F057": "517 107 147 223 325 249 312", "F058": "322 511 1389 876 17",
    "F059": "3457 100亿 385万余 12 70", "F060": "25亿 10万 5万", "F061": "100%", "F062": "65% 44%",
    "F063": "400 350 90% 80%", "F064": "1612 95% 6000余 100% 39.4%", "F065": "3000 5000余万 100余 26 425 40 3 38",
    "F070": "474 300 482 1029 142200", "F071": "104 193 312 191 1900余 145 2545 3600余 27 100%",
    "F072": "2590 200至300 1.7万余 1570 3452 8029", "F073": "88 563 333 1.2亿 3 31 160 204 397 50",
    "F074": "49 579 19.3", "F075": "181 94% 16%", "F076": "65% 5% 86% 33", "F077": "11 50余 22 100%",
    "F078": "3000余 5万余 6000余 104 5.85万 62 近15万 182 2.7万 300余 18",
}  # fmt: skip


def seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


LEDGER = {row["figure_id"]: row for row in seed("published_figure")}
TERMS = seed("published_figure_term")
every_figure = pytest.mark.parametrize("figure_id", LEDGER)


def test_the_ledger_has_every_row_and_no_other() -> None:
    single = {(row["figure_no"], row["part"]) for row in LEDGER.values()}
    assert dict(Counter(number for number, _ in single)) == DALIAN | EXTERNAL
    assert {row["bulletin_id"] for row in seed("method_bulletin")} == BULLETINS, "they are listed with the ledger"


@pytest.mark.parametrize("number", PRINTED)
def test_every_printed_number_has_a_row_of_its_own(number: str) -> None:
    written = [row["value_written"] for row in LEDGER.values() if row["figure_no"] == number]
    missing = [value for value in PRINTED[number].split() if not any(value in text for text in written)]
    assert not missing, f"add it to dbt_project/seeds/published_figure.csv: {number}"


@every_figure
def test_the_range_is_the_one_the_grammar_reads(figure_id: str) -> None:
    row = LEDGER[figure_id]
    found = read(row["value_written"])
    bounds = [Decimal(row[name]) if row[name] else None for name in ("value", "low", "high")]
    assert bounds == [found.value, found.low, found.high]
    assert [row["is_low_open"], row["is_high_open"]] == [str(found.low_open).lower(), str(found.high_open).lower()]
    assert [row["unit"], row["number_reading"], row["decimals"]] == [found.unit, found.reading, str(found.decimals)]


@every_figure
def test_a_figure_says_what_it_is_in_both_languages(figure_id: str) -> None:
    row = LEDGER[figure_id]
    for what in ("name", "formula"):
        assert is_bilingual(f"{row[f'{what}_zh']} / {row[f'{what}_en']}"), f"fill {what}_zh and {what}_en"
    assert bool(row["note_zh"]) == bool(row["note_en"]), "note it in both languages"
    assert row["source"]
    assert row["as_of"]
    assert row["published_on"]
    assert row["quote"]
    assert row["value_en"]


def test_an_area_of_this_city_is_in_the_list_of_areas() -> None:
    areas = {row["area_code"]: row["name_zh"] for row in seed("area")}
    wrong = [
        row["figure_id"]
        for row in LEDGER.values()
        if row["area_code"] and areas.get(row["area_code"]) != row["area_name"]
    ]
    assert not wrong, "the name and the code are those of seeds/area.csv"
    assert {row["figure_class"] for row in LEDGER.values() if not row["area_code"]} == {"E"}, "only E is elsewhere"


def test_what_is_measured_is_measured_by_a_replay_and_a_plan_by_its_arithmetic() -> None:
    """Every figure of class A, B and D goes through real feeds, or is arithmetic alone and has terms that say so."""
    with_terms = {term["figure_id"] for term in TERMS}
    silent = [
        row["figure_id"]
        for row in LEDGER.values()
        if row["figure_class"] in "ABCD" and not row["measure_code"] and row["figure_id"] not in with_terms
    ]
    assert not silent, "give it a measure, or the terms of its arithmetic"
    feeds = {feed for feed, _ in DELIVERIES}
    assert feeds <= set(load_contracts(BUILT_IN)), "the replay delivers only what a contract describes"


def test_inversions_are_proved_by_trying_every_whole_number() -> None:
    """The integers that the ledger rests on, found without its solver."""
    ledger = Ledger.read(BUILT_IN)

    def rounds(share: Decimal, places: int) -> Decimal:
        whole: Decimal = (share * 10**places + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR")
        return whole / Decimal(10) ** places

    def hits(base: int, value: str, places: int) -> list[int]:
        return [n for n in range(base + 1) if rounds(Decimal(n) / base, places) == Decimal(value)]

    assert hits(143, "0.972", 3) == [139] == [ledger.part("F022b", "numerator")]
    assert hits(23_948, "0.9947", 4) == [23_820, 23_821, 23_822]
    assert ledger.part("F021b.1", "numerator") == 23_821
    assert [n for n in range(23_948, 25_000) if rounds(Decimal(23_948) / n, 4) == Decimal("0.9947")] == [24_075, 24_076]
    assert hits(181, "0.94", 2) == [170, 171]
    assert hits(181, "0.16", 2) == [29]
    assert (ledger.part("F075b", "numerator"), ledger.part("F075c", "numerator")) == (170, 29)
    assert [b for b in range(103, 300) if rounds(1 - Decimal(102) / b, 2) == Decimal("0.47")] == [191, 192, 193, 194]
    assert ledger.count("F029b") == 192
    assert rounds(Decimal(2260) / 2385, 3) == Decimal("0.948")
    for small, large, fall, places in ((53, 116, "0.5431", 4), (115, 134, "0.1418", 4), (20, 41, "0.512", 3),
                                       (22, 27, "0.185", 3), (76, 83, "0.084", 3)):  # fmt: skip
        assert rounds(1 - Decimal(small) / large, places) == Decimal(fall)
        assert not any(
            rounds(1 - Decimal(c) / b, places) == Decimal(fall) for b in range(1, large) for c in range(b)
        ), "there is a smaller pair"


def test_a_chosen_base_says_so() -> None:
    chosen = {term["figure_id"] for term in TERMS if term["origin"] == "chosen"}
    b = {row["figure_id"] for row in LEDGER.values() if row["figure_class"] == "B"}
    assert b <= chosen, "a figure of class B shows the base that was chosen for it"


def test_no_quote_is_longer_than_the_words_of_a_figure() -> None:
    long = [row["figure_id"] for row in LEDGER.values() if len(row["quote"]) > 16 or re.search("[。；]", row["quote"])]
    assert not long, "quote the figure, not the sentence"
