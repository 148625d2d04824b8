"""`citypulse figures`: the whole ledger comes out, is printed, and a single wrong number is named."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from citypulse.cli import app
from citypulse.figures import FigureReport, here, measure
from ingestion.drain import land_all
from ingestion.errors import BuildFailed, IntegrityError
from ingestion.settings import PROJECT_ROOT, Settings
from simulator.replay.communities import codes
from simulator.replay.compounds import compound
from simulator.replay.ledger import Ledger
from simulator.replay.places import CITY, Places
from simulator.replay.press import figures
from simulator.replay.replay import deliver_rows
from warehouse.build import build

SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "published_figure.csv"
EXPECTED = {
    "A": {"reproduced": 23}, "B": {"reproduced": 17}, "C": {"within_interval": 33}, "D": {"reproduced": 102},
    "X": {"ambiguous": 6, "contradictory": 7}, "E": {"external": 55}, "rule": {"rule": 16},
}  # fmt: skip


def city_with(folder: Path, changes: dict[str, dict[str, str]], without: tuple[str, ...] = ()) -> Path:
    """A city folder whose ledger differs from the built-in one in these cells, or lacks these figures."""
    with SEED.open(encoding="utf-8", newline="") as stream:
        rows = [row | changes.get(row["figure_id"], {}) for row in csv.DictReader(stream)]
    (folder / "seeds").mkdir(parents=True)
    with (folder / "seeds" / SEED.name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if row["figure_id"] not in without)
    return folder


def citypulse(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *arguments])


def test_the_ledger_comes_out_and_is_printed_whole(tmp_path: Path) -> None:
    done = citypulse(tmp_path / "home", "figures")
    print(done.stdout)
    assert done.exit_code == 0, done.output
    with SEED.open(encoding="utf-8", newline="") as stream:
        missing = [row["figure_id"] for row in csv.DictReader(stream) if row["figure_id"] not in done.stdout]
    assert not missing
    page = tmp_path / "home" / "site" / "figures_replay.html"
    assert str(page) in done.stdout.replace("\n", "")
    assert page.exists()
    assert "模拟数据" in page.read_text(encoding="utf-8")


def test_one_changed_number_is_named_and_the_command_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,240 of 2,385 are 93.9 %: the press would have been wrong, and the ledger says where."""
    wrong = {"value_written": "2240件", "quote": "2240件", "value": "2240", "low": "2240", "high": "2240"}
    monkeypatch.setenv("CITYPULSE_CITY", str(city_with(tmp_path / "city", {"F020b": wrong})))
    done = citypulse(tmp_path / "home", "figures", "--json")
    assert done.exit_code == IntegrityError.exit_code
    found = json.loads(done.stdout)
    assert found["failed"] == ["F020c"]
    assert found["counts"]["A"] == {"reproduced": 22, "not_reproduced": 1}
    (row,) = [entry for entry in found["figures"] if entry["figure_id"] == "F020c"]
    assert row["measured_text"] == "2,240 ÷ 2,385 → 93.920335%"


def test_the_whole_build_of_the_replay_says_the_same(press_conference: Settings) -> None:
    """With every data test at work, and read through `--here`."""
    report = here(press_conference)
    assert report.tally == EXPECTED
    assert report.failed == []
    report.check()


def test_what_no_longer_fits_is_named(press_conference: Settings, tmp_path: Path) -> None:
    """One abandoned compound breaks the 100 %; a unit of defence too many is no longer 9,908."""
    home = tmp_path / "home"
    shutil.copytree(press_conference.home, home)
    settings = replace(press_conference, home=home, key_file=home / "key.json")
    ledger, places = Ledger.read(settings), Places.read(settings)
    street = places.street(CITY)
    abandoned = compound(9999, codes(ledger, places)[CITY][0], "none", company=0, eligible=False, formed=False)
    deliver_rows(settings, "property_compound", "abandoned", [abandoned])
    unit: dict[str, Any] = {"facility_type": "group_defence_unit", "facility_code": "more", "facility_status": "in_use"}
    day = ledger.asked[0].as_of.replace(year=2022, month=6, day=1)
    deliver_rows(settings, "capacity_facility", "more", [unit | {"valid_from": day, "street_code": street}])
    land_all(settings)
    report = FigureReport(measure(settings), tmp_path / "page.html", 0, is_replay=True)
    assert {entry.figure_id: entry.verdict for entry in report.failed} == dict.fromkeys(
        ("F032a", "F061a"), "not_reproduced"
    )
    with pytest.raises(IntegrityError, match=r"F032a \(D: not_reproduced\), F061a \(B: not_reproduced\)"):
        report.check()


def test_a_delivered_figure_without_a_row_fails_the_build(tmp_path: Path) -> None:
    """And so does one that the press office gives with another range."""
    changed = {"value_written": "2386件", "value": "2386", "low": "2386", "high": "2386"}
    city = city_with(tmp_path / "city", {"F020a": changed}, without=("F032a",))
    home = tmp_path / "home"
    settings = Settings(home=home, key_file=home / "key.json", memory="1GB", city=city)
    built_in = replace(settings, city=None)
    ledger, places = Ledger.read(built_in), Places.read(built_in)
    deliver_rows(settings, "quality_published_figure", "press", figures(ledger, places))
    land_all(settings)
    with pytest.raises(BuildFailed, match="fct_published_figure__every_delivered_figure_has_a_row"):
        build(settings)
