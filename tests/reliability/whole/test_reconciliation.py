"""Of every delivered row it is known what became of it: landed, set aside, or known already. None is unexplained.

The vault's originals are read by the standard library, landing and quarantine by DuckDB from the files their logs name;
the receipts and the warehouse must say the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import duckdb
import pytest
import yaml

from ingestion.receipts import Receipt, all_receipts
from ingestion.settings import PACKAGE_ROOT, Settings
from tests.feeds.landed import landed
from tests.reliability.figures import record
from tests.reliability.whole.plain_rows import Row, rows_of

Fates = Counter[str]


@dataclass
class Account:
    """What an independent look finds of one feed."""

    contract: dict
    by_file: dict[int, Fates] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    days: Counter[str] = field(default_factory=Counter)
    keys: int = 0


@pytest.fixture(scope="module")
def accounts(whole_city: Settings) -> dict[str, Account]:
    feeds = sorted({receipt.feed for receipt in all_receipts(whole_city)})
    return {feed: account_of(whole_city, feed) for feed in feeds}


def account_of(city: Settings, feed: str) -> Account:
    contract = yaml.safe_load((PACKAGE_ROOT / "feeds" / f"{feed}.yml").read_text("utf-8"))
    account = Account(contract)
    rows = landed(city, feed)
    places: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        places[row["batch_id"]].add(row["row_no"])
        account.days[str(row["business_date"])] += 1
    assert sum(map(len, places.values())) == len(rows), f"{feed}: a row landed twice"
    account.keys = len({tuple(row[name] for name in contract["key"]) for row in rows})
    aside = set_aside_by_batch(city, feed)
    known: set[Row] = set()
    for receipt in sorted(receipts_of(city, feed), key=lambda receipt: receipt.batch_seq):
        (original,) = (city.vault / feed).glob(f"{receipt.batch_id}*")
        delivered = rows_of(original, contract) if receipt.status != "refused" else {}
        fates: Fates = Counter()
        for number, row in delivered.items():
            is_first = receipt.status == "landed"  # the same bytes once more: all of it is known
            fate = fate_of(number, row, places[receipt.batch_id], aside[receipt.batch_id], known, is_first)
            fates[fate] += 1
            known.add(row)
            if fate == "unexplained":
                account.unexplained.append(f"{feed}, delivery {receipt.batch_seq}, row {number}")
        strays = (places[receipt.batch_id] | aside[receipt.batch_id]) - delivered.keys()
        account.unexplained += [f"{feed}, delivery {receipt.batch_seq}: row {number} was not sent" for number in strays]
        account.by_file[receipt.batch_seq] = fates
    return account


def receipts_of(city: Settings, feed: str) -> list[Receipt]:
    return [receipt for receipt in all_receipts(city) if receipt.feed == feed]


def set_aside_by_batch(city: Settings, feed: str) -> dict[str, set[int]]:
    files = sorted(map(str, (city.quarantine / feed).glob("*.parquet")))
    found: dict[str, set[int]] = defaultdict(set)
    if files:
        for batch, number in duckdb.execute("SELECT batch_id, row_no FROM read_parquet(?)", [files]).fetchall():
            assert number not in found[batch], f"{feed}: a row was set aside twice"
            found[batch].add(number)
    return found


def fate_of(number: int, row: Row, places: set[int], aside: set[int], known: set[Row], is_first: bool) -> str:
    if is_first and number in places:
        return "unexplained" if number in aside else "landed"
    if is_first and number in aside:
        return "set aside"
    return "duplicate" if row in known else "unexplained"


def test_every_row_of_every_file_is_accounted_for(whole_city: Settings, accounts: dict[str, Account]) -> None:
    assert [place for account in accounts.values() for place in account.unexplained] == []
    total: Fates = Counter()
    for receipt in all_receipts(whole_city):
        fates = accounts[receipt.feed].by_file[receipt.batch_seq]
        said = Counter({"landed": receipt.landed, "set aside": receipt.quarantined, "duplicate": receipt.duplicates})
        assert (+said, receipt.received) == (fates, fates.total()), f"{receipt.feed}, delivery {receipt.batch_seq}"
        total += fates
    assert min(total["landed"], total["set aside"], total["duplicate"]) > 100, "the city has all three"
    record(
        "reconciliation",
        files=len(all_receipts(whole_city)),
        rows_received=total.total(),
        landed=total["landed"],
        set_aside=total["set aside"],
        duplicates=total["duplicate"],
        unexplained=0,
    )


def test_the_warehouse_holds_what_landed_by_feed_and_by_day(whole_city: Settings, accounts: dict[str, Account]) -> None:
    with duckdb.connect(str(whole_city.warehouse_db), read_only=True) as warehouse:
        for feed, account in accounts.items():
            by_day = warehouse.execute(
                f"SELECT business_date::VARCHAR, count(*) FROM landing.{feed} GROUP BY 1"
            ).fetchall()
            assert dict(by_day) == account.days, feed
            (staged,) = warehouse.execute(f"SELECT count(*) FROM staging.stg_{feed}").fetchone() or (0,)
            assert staged in (account.days.total(), account.keys), f"{feed}: neither every row nor one of each key"
    for feed in accounts:
        days = {day for receipt in receipts_of(whole_city, feed) for day in receipt.business_dates}
        assert days == accounts[feed].days.keys(), f"{feed}: its receipts name other days"
