"""A contract may gain or lose a column; what has landed stays as it is and is read on."""

from __future__ import annotations

from typing import Any

import duckdb

from ingestion.contract import Contract
from ingestion.land import land_feed
from ingestion.landing_table import LandingTable, landed_rows
from ingestion.settings import Settings
from tests.feeds.contracts import change_contract, columns_of
from tests.feeds.forms import write_delivery

FEED = "heating_room_temperature"
ROW = {
    "point_id": "P1",
    "measured_at": "2026-01-05 08:00:00",
    "temperature_c": "18.00",
    "room_type": "bedroom",
    "customer_status": "on",
    "street_code": "210202001",
    "enterprise_name": "模拟热力",
}
BATTERY = {
    "name": "battery_v",
    "header": ["battery"],
    "type": "decimal",
    "scale": 2,
    "meaning_zh": "电压",
    "meaning_en": "v",
}


def land(settings: Settings, contract: Contract, name: str, **cells: Any) -> None:
    row = {column.header[0]: (ROW | cells)[column.name] for column in contract.columns}
    write_delivery(contract, [row], settings.inbox / FEED / name)
    assert land_feed(settings, FEED).receipts[0].status == "landed"


def rows(settings: Settings, contract: Contract, columns: str) -> list[tuple[Any, ...]]:
    files = LandingTable(settings, contract).files()
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM {landed_rows(contract, files)} ORDER BY batch_seq").fetchall()


def test_a_column_gained_is_null_in_what_landed_before(settings: Settings) -> None:
    before, old = change_contract(settings, FEED)
    land(before, old, "a.csv")
    kept = {path: path.read_bytes() for path in (settings.landing / FEED).rglob("*.parquet")}

    after, new = change_contract(settings, FEED, columns=[*columns_of(FEED), BATTERY])
    assert rows(after, new, "point_id, battery_v") == [("P1", None)], "the view reads before anything new has landed"
    land(after, new, "b.csv", point_id="P2", battery_v="3.10")
    assert [(point, str(volts)) for point, volts in rows(after, new, "point_id, battery_v")] == [
        ("P1", "None"),
        ("P2", "3.10"),
    ]
    assert all(path.read_bytes() == content for path, content in kept.items()), "nothing is rewritten"
    table = LandingTable(after, new).table()
    assert table is not None
    assert [field.name for field in table.schema().fields].count("battery_v") == 1


def test_a_row_delivered_again_with_the_new_column_empty_is_still_known(settings: Settings) -> None:
    before, old = change_contract(settings, FEED)
    land(before, old, "a.csv")
    after, new = change_contract(settings, FEED, columns=[*columns_of(FEED), BATTERY])
    land(after, new, "b.csv", battery_v="")
    assert len(rows(after, new, "point_id")) == 1


def test_a_column_lost_stays_in_what_landed_before(settings: Settings) -> None:
    before, old = change_contract(settings, FEED, columns=[*columns_of(FEED), BATTERY])
    land(before, old, "a.csv", battery_v="3.10")
    after, new = change_contract(settings, FEED, columns=columns_of(FEED))
    land(after, new, "b.csv", point_id="P2")
    assert rows(after, new, "point_id") == [("P1",), ("P2",)]


def test_a_table_without_files_is_empty_and_typed(settings: Settings) -> None:
    _, contract = change_contract(settings, FEED)
    assert rows(settings, contract, "point_id, temperature_c, business_date, batch_seq") == []
