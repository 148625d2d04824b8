"""Register of resources: a few of every kind that the contract knows, some counted in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ingestion.contract import Contract
from simulator.communities import communities_of, streets_of
from simulator.delivery import Parcel
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.standing import change_days, opened_on
from simulator.writing import Cell

FEED = "capacity_facility"
FEWEST, MOST = 20, 120
# Kinds that are registered by quantity, not one by one: unit and how much a row holds at most.
BULK = {
    "安全宣传读本": ("册", 90_000),
    "在职党员": ("人", 900),
    "网格党员": ("人", 60),
    "律师": ("人", 20),
    "志愿者": ("人", 90),
    "调查问卷": ("份", 2_000),
    "居民意见": ("条", 300),
    "街道编制": ("人", 15),
    "治理经费": ("元", 5_000_000),
    "村级经费": ("元", 100_000),
    "岗位补贴": ("元", 900_000),
    "改造资金": ("元", 3_000_000),
    "帮扶资金": ("元", 9_000),
}


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Every kind as the register opens, then a new resource and a closed one each week."""
    opened, kinds = opened_on(run), list(contract.column("facility_type").values or {})
    found = [cells for kind in kinds for cells in _resources(run, kind, opened, "opening", _count(run, kind))]
    rows = [(opened, cells) for cells in found]
    for day in change_days(run):
        rng = run.stream(FEED, "change", day)
        closed = found[int(rng.integers(len(found)))]
        rows.append((day, {**closed, "valid_from": str(day), "facility_status": "停用"}))
        rows += [(day, cells) for cells in _resources(run, kinds[int(rng.integers(len(kinds)))], day, "new", 1)]
    yield from register_parcels(run, contract, rows, [("quantity", "近百"), ("facility_type", "其它设施")])


def _count(run: Run, kind: str) -> int:
    return max(2, round(int(run.stream(FEED, kind).integers(FEWEST, MOST)) * run.scale))


def _resources(run: Run, kind: str, day: date, why: str, count: int) -> list[dict[str, Cell]]:
    rng = run.stream(FEED, kind, why, day)
    street = streets_of(run, count, rng)
    community = communities_of(run, street, rng)
    unit, most = BULK.get(kind, ("", 0))
    return [
        {
            "facility_type": kind,
            "facility_code": f"{'Z' if why == 'opening' else 'N'}{day:%Y%m%d}{n + 1:04d}",
            "valid_from": str(day),
            "facility_status": "在用",
            "facility_name": f"模拟{kind}{n + 1}",
            "quantity": str(int(rng.integers(1, most))) if most else "",
            "unit": unit,
            # Some are only known to belong to a district.
            "district_code": run.city.streets[street[n]].region_code if n % 20 == 19 else "",
            "street_code": "" if n % 20 == 19 else run.city.streets[street[n]].code,
            "community_code": str(community[n]) if n % 3 == 0 else "",
        }
        for n in range(count)
    ]
