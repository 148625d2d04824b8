"""Every promise of every contract can be broken: one cell breaks it, its row goes by that rule, others land."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import Contract, load_contracts
from ingestion.errors import DeliveryRefused
from ingestion.land import land_feed
from ingestion.normalise import match_header
from ingestion.receipts import Receipt
from ingestion.settings import PROJECT_ROOT, Settings, load_settings
from tests.feeds.forms import age, headers, write_delivery
from tests.feeds.landed import landed, set_aside
from tests.reliability.contract_mutants import AGAIN, LANDS, TOTAL, Mutant, example, mutants, numbered, numbering
from tests.reliability.figures import record
from tests.reliability.file_mutants import split, spoil
from tests.reliability.moments import city_now
from tests.reliability.rule_names import file_rules, named_in_chinese, row_rules

CONTRACTS = load_contracts(load_settings())
TABLES = {feed: contract for feed, contract in CONTRACTS.items() if contract.format.kind != "jsonl"}
ELSEWHERE = {  # what needs more than a contract to be broken
    "archive": "tests/feeds/test_bundles.py",
    "bomb": "tests/feeds/test_bundles.py",
    "encrypted": "tests/feeds/test_bundles.py",
    "nested": "tests/feeds/test_bundles.py",
    "traversal": "tests/feeds/test_bundles.py",
    "irregular": "tests/feeds/test_hostile.py",
    "too_large": "tests/feeds/test_workbooks.py",
    "unexpected": "tests/feeds/test_hostile.py",
    "unreadable": "tests/reliability/test_contract_mutants.py",
    "unreadable_file": "tests/feeds/test_hostile.py",
}


@dataclass
class Trial:
    """What was delivered under one contract, and what became of it."""

    made: list[Mutant]
    landed: list[dict[str, Any]]
    aside: list[tuple[int, str | None, str]]
    receipts: dict[str, Receipt]
    refusals: dict[str, str]
    unsplit: Counter[str]


def settings_of(home: Path) -> Settings:
    return Settings(home=home / "home", key_file=home / "key.json", memory="1GB")


def rows_of(contract: Contract, made: list[Mutant]) -> list[dict[str, Any]]:
    rows, number = [], 0
    for mutant in made:
        number += not mutant.repeats
        row = numbered(contract, number) | mutant.cells
        rows.append({header: cell for header, cell in row.items() if header not in mutant.without})
    return rows


def first_row(contract: Contract) -> int:
    """The number of the first record: titles and headers stand above it."""
    form = contract.format
    return 1 if form.kind == "jsonl" else form.header_row + form.header_rows


def expected(contract: Contract, trial: Trial) -> set[tuple[int, str | None, str]]:
    """(row, column, rule) of the rows that must be set aside."""
    numbers = enumerate(trial.made, start=first_row(contract))
    return {(number, *mutant.fate) for number, mutant in numbers if mutant.fate not in (LANDS, TOTAL, AGAIN)}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """All contracts' broken rows and broken files, landed."""
    began, now = time.monotonic(), city_now()
    rows, files = (settings_of(tmp_path_factory.mktemp(name)) for name in ("rows", "files"))
    made = {feed: mutants(contract, now) for feed, contract in CONTRACTS.items()}
    refusals, unsplit = {}, {}
    for feed, contract in CONTRACTS.items():
        ending, sound = contract.arrives.pattern.removeprefix("*"), [numbered(contract, 1), numbered(contract, 2)]
        write_delivery(contract, rows_of(contract, made[feed]), rows.inbox / feed / f"rows{ending}")
        refusals[feed] = spoil(contract, sound, files.inbox / feed, ending)
        unsplit[feed] = split(contract, sound, files.inbox / feed / f"split{ending}")
    age(files.inbox / feed / f"split{ending}", 1.1)  # a manifest that cannot be read is waited for
    found = {}
    for feed in CONTRACTS:
        receipts = [receipt for settings in (rows, files) for receipt in land_feed(settings, feed).receipts]
        told = {Path(receipt.file_name).stem: receipt for receipt in receipts}
        found[feed] = Trial(made[feed], landed(rows, feed), set_aside(rows, feed), told, refusals[feed], unsplit[feed])
    broken = {feed: expected(CONTRACTS[feed], trial) for feed, trial in found.items()}
    receipts = [(feed, receipt) for feed, trial in found.items() for receipt in trial.receipts.values()]
    refused = [r.rule for feed, r in receipts if r.rule and refusals[feed].get(r.file_name) == r.rule]
    record(
        "mutants.contracts",
        feeds=len(found),
        row_mutants_made=sum(map(len, broken.values())),
        row_mutants_killed=sum(len(broken[feed] & set(trial.aside)) for feed, trial in found.items()),
        file_mutants_made=sum(map(len, refusals.values())),
        file_mutants_killed=len(refused),
        sound_rows_landed=sum(len(trial.landed) for trial in found.values()),
        seconds=round(time.monotonic() - began, 1),
    )
    return found


@pytest.mark.parametrize("feed", CONTRACTS)
def test_a_broken_cell_costs_its_row_by_its_rule_and_no_other_row(trials: dict[str, Trial], feed: str) -> None:
    trial, first = trials[feed], first_row(CONTRACTS[feed])
    fates = dict(enumerate((mutant.fate for mutant in trial.made), start=first))
    broken = expected(CONTRACTS[feed], trial)
    assert [(fates[row], trial.made[row - first].cells, "lives") for row, *_ in broken - set(trial.aside)] == []
    assert sorted(set(trial.aside) - broken) == []
    assert len(trial.aside) == len(broken)
    assert {row["row_no"] for row in trial.landed} == {row for row, fate in fates.items() if fate == LANDS}
    receipt = trial.receipts["rows"]
    assert receipt.received == sum(fate != TOTAL for fate in fates.values())
    assert (receipt.duplicates, receipt.flags) == (1, dict(Counter(m.flag for m in trial.made if m.flag)))


@pytest.mark.parametrize("feed", CONTRACTS)
def test_the_neighbours_of_a_broken_row_are_what_they_are_alone(trials: dict[str, Trial], feed: str) -> None:
    contract, trial = CONTRACTS[feed], trials[feed]
    first, key = first_row(contract), numbering(contract).name
    own = [column.name for column in contract.kept if column.name not in (key, contract.event_time)]
    plain = [row for row in trial.landed if trial.made[row["row_no"] - first] == Mutant(LANDS)]
    assert len(plain) > 10
    assert len({tuple(row[name] for name in own) for row in plain}) == 1


@pytest.mark.parametrize("feed", CONTRACTS)
def test_a_file_that_is_not_as_agreed_is_refused_by_its_rule(trials: dict[str, Trial], feed: str) -> None:
    trial = trials[feed]
    assert {name: trial.receipts[Path(name).stem].rule for name in trial.refusals} == trial.refusals
    half = trial.receipts["split"]
    assert (half.status, half.landed, Counter(half.quarantine_rules)) == ("landed", 2, trial.unsplit)


@pytest.mark.parametrize("feed", TABLES)
def test_each_promised_column_must_stand_in_the_header_once(feed: str) -> None:
    contract, header = TABLES[feed], headers(TABLES[feed])
    whole = {column.name for column in contract.columns if column.header}
    assert set(match_header(contract, header)[0]) == whole
    assert match_header(contract, [*header, "样例列"])[1] == [f"column {len(header) + 1}"]
    for place, column in enumerate(column for column in contract.columns if column.header):
        others = [name for name in header if name != header[place]]
        for wrong in (others, [*others, "样例列"], *([*header, name] for name in column.header)):
            with pytest.raises(DeliveryRefused, match=column.name):
                match_header(contract, wrong)
        for name in column.header:
            assert set(match_header(contract, [*others, name])[0]) == whole


def test_every_rule_of_the_source_is_broken_here_or_where_it_is_said_to_be(trials: dict[str, Trial]) -> None:
    here = {rule for trial in trials.values() for _, _, rule in trial.aside}
    receipts = [receipt for trial in trials.values() for receipt in trial.receipts.values()]
    here |= {rule for receipt in receipts for rule in (receipt.rule, *receipt.quarantine_rules) if rule}
    assert row_rules(CONTRACTS) | file_rules() == here | set(ELSEWHERE)
    assert not here & set(ELSEWHERE)
    for rule, file in ELSEWHERE.items():
        assert f'"{rule}"' in (PROJECT_ROOT / file).read_text("utf-8"), f"{file} says nothing of {rule}"


def test_every_rule_of_a_row_has_a_name_on_the_quality_page() -> None:
    assert named_in_chinese() == row_rules(CONTRACTS)


def test_a_record_longer_than_the_engine_reads_is_refused_as_unreadable(tmp_path: Path) -> None:
    contract, settings = CONTRACTS["heating_room_temperature"], settings_of(tmp_path)
    endless = dict.fromkeys(headers(contract), "x" * 1_900_000)
    path = write_delivery(contract, [example(contract), endless], settings.inbox / contract.feed / "a.csv")
    assert path.stat().st_size > 8_000_000
    assert [receipt.rule for receipt in land_feed(settings, contract.feed).receipts] == ["unreadable"]
