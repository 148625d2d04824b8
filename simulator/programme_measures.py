"""The register of the programme's measures: 143 in ten tasks, 139 of them done in the year of the programme."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ingestion.contract import Contract
from simulator.delivery import Parcel
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.writing import Cell

FEED = "capacity_programme_measure"
BEGINS, ENDS = date(2022, 3, 1), date(2022, 12, 31)
MEASURES, DONE, TASKS, DEPARTMENTS = 143, 139, 10, 29
BREAKS: list[tuple[str, Cell]] = [("task_no", "11"), ("measure_status", "基本完成")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The register whole, before the window; nothing changes in it any more."""
    rng = run.stream(FEED)
    rows: list[tuple[date, dict[str, Cell]]] = []
    for number in range(1, MEASURES + 1):
        planned = BEGINS + timedelta(days=int(rng.integers(60, (ENDS - BEGINS).days + 1)))
        done = BEGINS + timedelta(days=int(rng.integers(30, (ENDS - BEGINS).days + 1)))
        begun = BEGINS + timedelta(days=int(rng.integers(1, 29)))
        same: dict[str, Cell] = {
            "measure_no": f"J{number:03d}",
            "task_no": str(1 + (number - 1) * TASKS // MEASURES),
            "lead_department": f"模拟部门{int(rng.integers(1, DEPARTMENTS + 1)):02d}",
            "planned_date": str(planned),
        }
        steps = [(BEGINS, "未启动", ""), (begun, "推进中", "")]
        if number <= DONE:
            steps.append((done, "已完成", f"Z{number:03d}" if rng.random() < 0.95 else ""))
        rows += [
            (day, same | {"valid_from": str(day), "measure_status": word, "evidence_no": paper})
            for day, word, paper in steps
        ]
    yield from register_parcels(run, contract, rows, BREAKS)
