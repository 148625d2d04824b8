"""A zip of several files lands each of them as a delivery of its own, once, whatever kills the run."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.errors import NothingToDo
from ingestion.inbox import deliveries, pending
from ingestion.land import LandReport, land_feed
from ingestion.receipts import Ledger
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import headers, seal, write_delivery
from tests.feeds.landed import landed, set_aside

CONTRACTS = load_contracts(load_settings())
HEATING = CONTRACTS["heating_room_temperature"]
CASES = CONTRACTS["hotline_province"]


def month(*points: str) -> bytes:
    lines = [f"{point},2026-01-05 08:00:00,18.00,bedroom,on,210202001,模拟热力" for point in points]
    return "\n".join([",".join(headers(HEATING)), *lines, ""]).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def drop(settings: Settings, content: bytes, name: str = "bundle.zip", feed: str = HEATING.feed) -> Path:
    path = settings.inbox / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return seal(path)


def facts(report: LandReport) -> list[tuple[str, str, int, int]]:
    return [(r.file_name, r.status, r.landed, r.duplicates) for r in report.receipts]


MONTHS = {"2026-02.csv": month("P3"), "2026-01.csv": month("P1", "P2"), "__MACOSX/._2026-01.csv": b"x", "a/": b""}


def test_each_member_lands_as_a_delivery_of_its_own_in_name_order(settings: Settings) -> None:
    path = drop(settings, zipped(MONTHS))
    whole = path.read_bytes()
    assert facts(land_feed(settings, HEATING.feed)) == [
        ("bundle.zip!2026-01.csv", "landed", 2, 0),
        ("bundle.zip!2026-02.csv", "landed", 1, 0),
    ]
    assert [row["point_id"] for row in landed(settings, HEATING.feed)] == ["P1", "P2", "P3"]
    assert list((settings.inbox / HEATING.feed).iterdir()) == []
    assert [p.read_bytes() for p in (settings.vault / HEATING.feed).glob("*.zip")] == [whole]


def test_the_same_zip_again_and_a_member_by_itself_are_duplicates(settings: Settings) -> None:
    for _ in range(2):
        drop(settings, zipped(MONTHS))
        report = land_feed(settings, HEATING.feed)
    assert [(status, again) for _, status, _, again in facts(report)] == [("duplicate", 2), ("duplicate", 1)]
    drop(settings, MONTHS["2026-02.csv"], "alone.csv")
    assert facts(land_feed(settings, HEATING.feed)) == [("alone.csv", "duplicate", 0, 1)]


def test_a_killed_run_goes_on_where_it_was(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(settings, zipped(MONTHS))
    acknowledge, given = Ledger.acknowledge, []

    def die_at_the_second(self: Ledger, *arguments: object) -> None:
        given.append(arguments)
        if len(given) == 2:
            raise KeyboardInterrupt
        acknowledge(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "acknowledge", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            land_feed(settings, HEATING.feed)
    assert path.exists(), "not all of its members have receipts"
    assert facts(land_feed(settings, HEATING.feed)) == []
    receipts = Ledger(settings, HEATING.feed).receipts
    assert [(r.file_name[11:], r.status, r.landed) for r in receipts] == [
        ("2026-01.csv", "landed", 2),
        ("2026-02.csv", "landed", 1),
    ]
    assert not path.exists()
    assert sum(receipt.duplicates for receipt in receipts) == 0


def test_members_that_differ_in_a_number_of_a_person_alone_are_all_landed_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = range(10000000001, 10000000004)
    drop(settings, zipped({f"{number}.csv": month(f"P{number % 10}") for number in numbers}))
    acknowledge = Ledger.acknowledge

    def die_after(self: Ledger, *arguments: object) -> None:
        acknowledge(self, *arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    for _ in numbers:
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "acknowledge", die_after)
            with pytest.raises(KeyboardInterrupt):
                land_feed(settings, HEATING.feed)
    assert facts(land_feed(settings, HEATING.feed)) == []
    receipts = Ledger(settings, HEATING.feed).receipts
    assert [(r.file_name, r.status) for r in receipts] == [("bundle.zip!***.csv", "landed")] * 3
    assert [row["point_id"] for row in landed(settings, HEATING.feed)] == ["P1", "P2", "P3"]


def test_a_bundle_of_workbooks_is_no_workbook_and_a_workbook_is_no_bundle(settings: Settings, tmp_path: Path) -> None:
    cases = [CASES.examples[0].source | {"编号": number} for number in ("S1", "S2")]
    made = [write_delivery(CASES, [case], tmp_path / f"{case['编号']}.xlsx") for case in cases]
    drop(settings, zipped({f"月报/{path.name}": path.read_bytes() for path in made}), feed=CASES.feed)
    drop(settings, made[0].read_bytes(), "S1.xlsx", feed=CASES.feed)
    assert [r.status for r in land_feed(settings, CASES.feed).receipts] == ["landed", "landed", "duplicate"]
    assert len(landed(settings, CASES.feed)) == 2


def test_names_in_gbk_without_a_word_about_it_are_read(settings: Settings) -> None:
    made = zipped({"AAAA.csv": month("P1")}).replace(b"AAAA.csv", "一月".encode("gbk") + b".csv")
    drop(settings, made)
    assert land_feed(settings, HEATING.feed).receipts[0].file_name == "bundle.zip!一月.csv"


def test_a_member_that_breaks_its_contract_does_not_stop_the_others(settings: Settings) -> None:
    drop(settings, zipped({"1.csv": b"", "2.txt": b"read me", "3.csv": month("P1"), "4.csv": month("P2")[:-5]}))
    report = land_feed(settings, HEATING.feed)
    found = [(r.file_name[11:], r.status, r.rule, r.landed) for r in report.receipts]
    assert found == [
        ("1.csv", "refused", "empty", 0),
        ("2.txt", "refused", "file_name", 0),
        ("3.csv", "landed", None, 1),
        ("4.csv", "landed", None, 0),
    ]
    assert "bundle.zip!1.csv" in str(report.receipts[0].message)
    assert set_aside(settings, HEATING.feed) == [(2, None, "truncated")]


def encrypted() -> bytes:
    """A zip whose table of contents says that its member is locked."""
    made = bytearray(zipped({"1.csv": month("P1")}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(signature) + offset] |= 1
    return bytes(made)


def damaged() -> bytes:
    made = zipped({"1.csv": month("P1"), "2.csv": month(*(f"P{n}" for n in range(500)))})
    place = made.rindex(b"2.csv", 0, made.rindex(b"PK\x01\x02")) + 60
    return made[:place] + bytes([made[place] ^ 0xFF]) + made[place + 1 :]


def hidden() -> bytes:
    """A zip in whose table of contents one damaged length makes a remark of the second member."""
    made = bytearray(zipped({"1.csv": month("P1"), "2.csv": month("P2")}))
    first = made.index(b"PK\x01\x02")
    made[first + 32] = made.rindex(b"PK\x01\x02") - first
    return bytes(made)


def twice() -> bytes:
    return zipped({"1.csv": month("P1"), "2.csv": month("P2")}).replace(b"2.csv", b"1.csv")


UNTRUSTED = [
    (zipped({f"{n}.csv": bytes(16 << 20) for n in range(2)}), "bomb"),
    (zipped({"../../1.csv": month("P1")}), "traversal"),
    (zipped({"..\\1.csv": month("P1")}), "traversal"),
    (zipped({"C:\\1.csv": month("P1")}), "traversal"),
    (zipped({"/etc/1.csv": month("P1")}), "traversal"),
    (zipped({"1.csv": month("P1"), "2.ZIP": zipped(MONTHS)}), "nested"),
    (zipped({"a/": b"", ".DS_Store": b"x"}), "empty"),
    (encrypted(), "encrypted"),
    (damaged(), "archive"),
    (twice(), "archive"),
    (hidden(), "archive"),
    (b"no zip at all", "archive"),
    (b"", "archive"),
]


@pytest.mark.parametrize(("content", "rule"), UNTRUSTED)
def test_a_zip_that_cannot_be_trusted_is_refused_as_a_whole(settings: Settings, content: bytes, rule: str) -> None:
    path = drop(settings, content)
    receipts = land_feed(settings, HEATING.feed).receipts
    assert [(r.file_name, r.status, r.rule) for r in receipts] == [("bundle.zip", "refused", rule)]
    assert "Next step" in str(receipts[0].message)
    assert not path.exists()
    assert [p.read_bytes() for p in (settings.vault / HEATING.feed).iterdir()] == [content]
    assert landed(settings, HEATING.feed) == []


def test_a_growing_zip_waits(settings: Settings) -> None:
    path = drop(settings, zipped(MONTHS)[:-30])
    path.with_name("bundle.zip.ok").unlink()
    assert [(d.is_sealed, d.is_complete) for d in deliveries(settings, HEATING)] == [(False, False)]
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    path.write_bytes(zipped(MONTHS))
    seal(path)
    assert [d.is_complete for d in pending(settings, HEATING)] == [True]


def test_a_link_named_like_a_zip_is_not_followed(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret.zip").write_bytes(zipped(MONTHS))
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    os.symlink(tmp_path / "secret.zip", folder / "link.zip")
    assert [r.rule for r in land_feed(settings, HEATING.feed).receipts] == ["irregular"]
    assert (tmp_path / "secret.zip").exists()
