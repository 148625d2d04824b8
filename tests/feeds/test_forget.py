"""A person who asked to be forgotten: in nothing stored, nor in what is delivered, restored or rotated later."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from citypulse.cli import app
from citypulse.doctor import examine
from citypulse.house.backup import back_up
from citypulse.house.scan import scan
from citypulse.privacy.forgetting import ForgettingReport, came_back, forget, forget_again
from citypulse.privacy.retokenise import retokenise
from ingestion import durable, forgotten, land, originals
from ingestion.errors import ContractError, IntegrityError, NothingToDo, WarehouseBusy
from ingestion.forgotten import places
from ingestion.privacy import rotate
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.feeds.forms import seal, write_delivery
from tests.feeds.landed import landed
from tests.feeds.persons import (
    ANNA,
    BERT,
    CITY,
    CLEO,
    CONTRACTS,
    PROVINCE,
    cases,
    copied,
    deliver,
    deliver_again,
    holding,
    token_of,
)
from warehouse.recompute import last_request

NOW = datetime(2026, 3, 2, 2, 30)
PERSONAL = ("caller_token", "place_token", "content_fingerprint")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two deliveries of cases and a workbook of the province; Anna stands in all of them."""
    folder = tmp_path_factory.mktemp("template")
    settings = Settings(home=folder / "home", key_file=folder / "key.json", memory="1GB")
    deliver(settings, cases(ANNA, BERT), "a.csv")
    deliver(settings, cases("１0000-000011", CLEO, first=3), "b.csv")  # Anna's number as another office writes it
    deliver(settings, cases(ANNA, contract=PROVINCE), "c.xlsx", PROVINCE)
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Settings:
    return copied(template, tmp_path)


def facts(settings: Settings, feed: str = CITY.feed) -> list[dict[str, Any]]:
    """What is public of each landed row."""
    return [{n: v for n, v in row.items() if n not in PERSONAL} for row in landed(settings, feed)]


@dataclass(frozen=True)
class Afterwards:
    """A home after Anna's request, which tests only read, and what it was before."""

    home: Settings
    report: ForgettingReport
    rows: list[dict[str, Any]]
    public: list[dict[str, Any]]
    originals: dict[str, list[str]]
    held: list[str]


@pytest.fixture(scope="module")
def after(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Afterwards:
    home = copied(template, tmp_path_factory.mktemp("after"))
    originals = {path.name[:64]: path.read_text("gb18030").split("\n") for path in (home.vault / CITY.feed).iterdir()}
    rows, public, held = landed(home, CITY.feed), facts(home), holding(home.home, *HERS, token_of(home, "v1", ANNA))
    return Afterwards(home, forget(home, [ANNA], "A-12", NOW), rows, public, originals, held)


HERS = (ANNA, "１0000-000011", "样例路1号", "样例路3号")


def test_her_rows_stay_without_her_and_nobody_elses_change(after: Afterwards) -> None:
    assert after.report.rows == {CITY.feed: 2, PROVINCE.feed: 1}
    rows = landed(after.home, CITY.feed)
    assert facts(after.home) == after.public, "the matters are counted as before"
    assert [[row[name] for name in PERSONAL] for row in rows[::2]] == [[None] * 3] * 2
    assert rows[1::2] == after.rows[1::2]
    assert [row["caller_token"] for row in landed(after.home, PROVINCE.feed)] == [None]


def test_nothing_in_the_home_tells_of_her_and_others_keep_their_originals(after: Afterwards) -> None:
    home, token = after.home, token_of(after.home, "v1", ANNA)
    assert len(after.held) == 2 + 3, "the search finds her in originals and in landed rows"
    assert holding(home.home, *HERS) == []
    assert holding(home.home, token) == [str(places(home)[1].relative_to(home.home))]
    assert len(holding(home.vault, f"来电人{BERT}", "样例路2号", "样例路4号")) == 2
    assert not list((home.vault / PROVINCE.feed).iterdir()), "a workbook cannot be cut"
    assert scan(home, NOW)["rows"] == 5
    assert all(finding.is_fine for finding in examine(home) if finding.subject in ("deletion", "forgotten persons"))


def test_a_redacted_original_is_the_delivered_file_but_for_her_cells(after: Afterwards) -> None:
    for path in (after.home.vault / CITY.feed).iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        lines, before = path.read_text("gb18030").split("\n"), after.originals[path.name[:64]]
        assert lines[:2] + lines[3:] == before[:2] + before[3:]
        header, old, new = before[1].split(","), before[2].split(","), lines[2].split(",")
        personal = {h for column in CITY.columns if column.personal for h in column.header}
        assert new == ["" if name in personal else cell for name, cell in zip(header, old, strict=True)]


def test_the_certificate_counts_and_names_no_one(after: Afterwards) -> None:
    home = after.home
    said = (home.certificates / str(after.report.certificate)).read_text()
    assert ANNA not in said
    assert token_of(home, "v1", ANNA) not in said
    found = json.loads(said)
    assert found["why"] == {"request": "A-12", "numbers": 1}
    assert found["changed"] == {CITY.feed: 2, PROVINCE.feed: 1}
    assert sum(name.startswith("vault/") for name in found["files"]) == 3
    assert sum(name.startswith("landing/") for name in found["files"]) == 3
    assert len(found["instead"]) == 2
    assert not any((home.home / name).exists() for name in found["files"])


def test_the_list_is_nobody_elses_and_holds_no_number(after: Afterwards) -> None:
    for path in places(after.home):
        assert path.stat().st_mode & 0o777 == 0o600
        assert ANNA not in path.read_text()


def test_what_she_is_in_again_loses_her_before_it_has_landed(home: Settings, template: Path) -> None:
    forget(home, [ANNA], "A-12", NOW)
    deliver_again(home, template / "sent" / "a.csv")
    assert Ledger(home, CITY.feed).receipts[-1].status == "duplicate"
    broken = cases(ANNA, first=8, 来电时间="soon")
    deliver(home, [*cases(ANNA, BERT, ANNA, CLEO, ANNA), *broken], "d.csv")
    receipt = Ledger(home, CITY.feed).receipts[-1]
    counts = (receipt.received, receipt.landed, receipt.duplicates, receipt.quarantined)
    assert counts == (6, 1, 4, 1), "her cases are known without her"
    assert [landed(home, CITY.feed)[-1][name] for name in PERSONAL] == [None] * 3
    assert holding(home.home, ANNA) == []
    assert scan(home, NOW)["rows"] == 6


def test_a_zip_goes_when_somebody_is_cut_out_of_its_files(settings: Settings) -> None:
    def deliver_zip(name: str, *members: list[dict[str, Any]]) -> None:
        folder = settings.home.parent / name
        paths = [write_delivery(CITY, rows, folder / f"{n}.csv") for n, rows in enumerate(members)]
        settings.inbox.joinpath(CITY.feed).mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(settings.inbox / CITY.feed / name, "w") as archive:
            for path in paths:
                archive.write(path, path.name)
        land.land_feed(settings, seal(settings.inbox / CITY.feed / name).parent.name)

    def kinds() -> list[str]:
        return sorted(path.suffix for path in (settings.vault / CITY.feed).iterdir() if path.is_file())

    deliver_zip("a.zip", cases(ANNA), cases(BERT, first=2))
    deliver_zip("b.zip", cases(CLEO, first=3))
    assert kinds() == [".csv"] * 3 + [".zip"] * 2
    forget(settings, [ANNA], "A-12", NOW)
    assert kinds() == [".csv"] * 3 + [".zip"]
    deliver_zip("c.zip", cases(BERT, first=4), cases(ANNA, first=5))
    assert kinds() == [".csv"] * 5 + [".zip"]
    assert holding(settings.home, ANNA) == []
    assert len(landed(settings, CITY.feed)) == 5


def test_cells_with_quotes_and_line_ends_are_cut_as_csv_has_them(settings: Settings) -> None:
    odd = 'a, "b"\nc\r\nd'
    rows = [
        *cases(BERT, 承办单位=f"局{odd}", 诉求内容=odd),
        *cases(ANNA, first=2, 承办单位=f"局{odd}", 诉求内容=f"{odd}{ANNA}"),
        *cases(CLEO, first=3, 事发地址=odd),
    ]
    copy = deliver(settings, rows, "odd.csv")
    before = list(csv.reader(io.StringIO(copy.read_bytes().decode("gb18030"), newline="")))
    forget(settings, [ANNA], "A-12", NOW)
    (path,) = (path for path in (settings.vault / CITY.feed).iterdir())
    after = list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline="")))
    personal = {
        place for place, name in enumerate(before[1]) if any(name in c.header and c.personal for c in CITY.columns)
    }
    hers = ["" if place in personal else cell for place, cell in enumerate(before[3])]
    assert after == [*before[:3], hers, *before[4:]]
    assert hers != before[3]


@pytest.mark.parametrize("at", ["forget_in", "acknowledge"])
def test_a_kill_while_she_is_cut_out_of_a_new_delivery_leaves_nothing_of_her(
    home: Settings, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    forget(home, [ANNA], "A-12", NOW)
    with monkeypatch.context() as patch:
        patch.setattr(*((originals, "forget_in") if at == "forget_in" else (land.Ledger, "acknowledge")), die)
        with pytest.raises(KeyboardInterrupt):
            deliver(home, cases(ANNA, CLEO, first=8), "d.csv")
    land.land_feed(home, CITY.feed)
    assert holding(home.home, ANNA) == []
    assert len(landed(home, CITY.feed)) == 6


def die(*arguments: object, **named: object) -> None:
    raise KeyboardInterrupt


def test_she_stays_forgotten_through_rotations(home: Settings) -> None:
    forget(home, [ANNA], "A-12", NOW)
    rotate(home)
    retokenise(home, NOW)
    first, bert, third, cleo = landed(home, CITY.feed)
    assert [first[name] for name in PERSONAL] == [third[name] for name in PERSONAL] == [None] * 3
    assert [bert["caller_token"], cleo["caller_token"]] == [token_of(home, "v2", n) for n in (BERT, CLEO)]
    deliver(home, cases(ANNA, first=9), "d.csv")
    assert landed(home, CITY.feed)[-1]["caller_token"] is None


def test_a_bridge_between_keys_does_not_tell_of_her(home: Settings) -> None:
    rotate(home)
    retokenise(home, NOW)
    assert holding(home.vault / "bridge", token_of(home, "v1", ANNA))
    forget(home, [ANNA], "A-12", NOW)
    assert not holding(home.vault / "bridge", token_of(home, "v1", ANNA), token_of(home, "v2", ANNA))
    assert holding(home.vault / "bridge", token_of(home, "v2", BERT))


def test_a_backup_from_before_does_not_bring_her_back(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    saved = replace(home, backup=tmp_path / "backup")
    back_up(saved, NOW)
    older = tmp_path / "older"
    shutil.copytree(tmp_path / "backup" / "home", older)
    forget(saved, [ANNA], "A-12", NOW)
    assert back_up(saved, NOW)["purged"] == 6
    assert holding(tmp_path / "backup", ANNA) == []
    assert holding(tmp_path / "backup", token_of(home, "v1", ANNA)) == ["home/vault/tombstones.jsonl"]

    shutil.rmtree(home.home)
    shutil.copytree(older, home.home)
    assert came_back(home) == 3, "the list beside the key knows her"
    assert [f.next_step for f in examine(home) if f.subject == "forgotten persons"] == [
        "run `citypulse forget --again`."
    ]
    report = forget_again(home, NOW)
    assert report.rows == {CITY.feed: 2, PROVINCE.feed: 1}
    assert came_back(home) == 0
    assert holding(home.home, ANNA) == []
    with pytest.raises(NothingToDo):
        forget_again(home, NOW)


def test_an_older_key_file_does_not_bring_her_back_either(home: Settings) -> None:
    forget(home, [ANNA], "A-12", NOW)
    places(home)[0].unlink()
    deliver(home, cases(ANNA, first=9), "d.csv")
    assert landed(home, CITY.feed)[-1]["caller_token"] is None


def test_the_warehouse_is_made_anew_under_another_name(home: Settings) -> None:
    home.warehouse.mkdir()
    home.warehouse_db.write_bytes(b"her rows, in freed pages")
    forget(home, [CLEO], "A-13", NOW)
    assert not home.warehouse_db.exists()
    assert last_request(home) == 1


def test_a_dry_run_counts_and_changes_nothing(home: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.home.rglob("*") if path.is_file()}
    report = forget(home, [ANNA], "A-12", NOW, dry_run=True)
    assert report.rows == {CITY.feed: 2, PROVINCE.feed: 1}
    assert report.originals == {CITY.feed: 2, PROVINCE.feed: 1}
    assert {path: path.stat().st_mtime_ns for path in home.home.rglob("*") if path.is_file()} == before


def test_asking_while_somebody_writes_sets_the_mark_and_says_to_come_again(home: Settings) -> None:
    with durable.exclusive(home.locks / f"land_{CITY.feed}.lock", "Landing"), pytest.raises(WarehouseBusy):
        forget(home, [ANNA], "A-12", NOW)
    assert len(forgotten.read_tombstones(home)) == 1
    forget(home, [ANNA], "A-12", NOW)
    assert came_back(home) == 0


@pytest.mark.parametrize("request_id", ["", "ab", ANNA, f"A-{ANNA}", "张三", "a b", "again", "12345"])
def test_a_request_is_named_after_its_file_not_after_a_person(home: Settings, request_id: str) -> None:
    with pytest.raises(ContractError, match="id of the request") as failure:
        forget(home, [ANNA], request_id, NOW)
    assert ANNA not in str(failure.value)


def test_what_is_no_number_is_told_by_its_line_alone(home: Settings) -> None:
    with pytest.raises(ContractError, match="Line 2 is no phone") as failure:
        forget(home, [ANNA, "ring me"], "A-12", NOW)
    assert "ring" not in str(failure.value)
    with pytest.raises(ContractError, match="No number"):
        forget(home, ["", " "], "A-12", NOW)
    assert forgotten.read_tombstones(home) == {}


def test_a_damaged_list_stops_landing_instead_of_bringing_her_back(home: Settings) -> None:
    forget(home, [ANNA], "A-12", NOW)
    places(home)[1].write_text("{")
    with pytest.raises(IntegrityError, match="damaged"):
        deliver(home, cases(ANNA, first=9), "d.csv")
    assert list((home.inbox / CITY.feed).glob("d.csv"))


@pytest.mark.parametrize("feed", ["grid_event", "safety_hazard", "mediation_case"])
def test_she_leaves_feeds_of_other_forms_and_phones_that_never_land(settings: Settings, feed: str) -> None:
    contract = CONTRACTS[feed]
    phone = next(column for column in contract.columns if column.type == "phone").header[0]
    key = contract.column(contract.key[0]).header[0]
    source = contract.examples[0].source
    rows = [source | {key: f"{source[key]}{n}", phone: number} for n, number in enumerate((ANNA, BERT))]
    name = f"{feed}{'.jsonl' if contract.format.kind == 'jsonl' else '.csv'}"
    deliver(settings, rows, name, contract)
    rows_before = len(landed(settings, feed))
    forget(settings, [ANNA], "A-12", NOW)
    assert holding(settings.home, ANNA) == []
    assert len(holding(settings.vault, BERT)) == 1
    assert len(landed(settings, feed)) == rows_before == 2
    deliver_again(settings, settings.home.parent / "sent" / name, contract)
    assert holding(settings.home, ANNA) == []


def test_a_worker_stays_one_worker_under_a_name_that_is_chance(settings: Settings) -> None:
    contract = CONTRACTS["capacity_worker"]
    source = contract.examples[0].source
    rows = [
        source | {"联系电话": ANNA},
        source | {"联系电话": ANNA, "起始日期": "2024-01-01"},
        source | {"联系电话": BERT},
    ]
    valid_from = contract.column("valid_from").header[0]
    rows[1] = source | {"联系电话": ANNA, valid_from: "2024-01-01"}
    deliver(settings, rows, "worker.csv", contract)
    forget(settings, [ANNA], "A-12", NOW)
    first, second, other = [row["worker_token"] for row in landed(settings, contract.feed)]
    assert first == second != other == token_of(settings, "v1", BERT)
    assert first.startswith("forgotten:")
    deliver(settings, [source | {"联系电话": ANNA, valid_from: "2025-01-01"}], "later.csv", contract)
    assert landed(settings, contract.feed)[-1]["worker_token"] == first


def test_the_number_comes_from_a_file_or_the_pipe_and_is_shown_nowhere(home: Settings, tmp_path: Path) -> None:
    def said(*arguments: str, given: str | None = None) -> tuple[int, str]:
        place = ["--home", str(home.home), "forget", *arguments]
        done = CliRunner().invoke(app, place, input=given, env={"CITYPULSE_KEY_FILE": str(home.key_file)})
        return done.exit_code, done.output

    (tmp_path / "numbers.txt").write_text(f"{ANNA}\n", encoding="utf-8-sig")
    code, output = said("--phone-file", str(tmp_path / "numbers.txt"), "--request", "A-12", "--dry-run", "--json")
    assert (code, json.loads(output)["rows"]) == (0, {CITY.feed: 2, PROVINCE.feed: 1})
    code, output = said("--phone-file", "-", "--request", "A-12", given=f"{ANNA}\n")
    assert code == 0, output
    assert ANNA not in output
    assert said("--phone-file", "-", "--again", given="")[0] == 2
    assert said()[0] == 2
    assert said("--again")[0] == 3
    assert said("--phone-file", str(tmp_path / "none.txt"), "--request", "A-12")[0] == 4
