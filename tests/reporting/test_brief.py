"""One number, several formats: the brief says the same in print and on screen, twice the same, and hides nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from ingestion.errors import ContractError, NothingToDo
from ingestion.settings import Settings
from reporting import snapshot
from reporting.compose import compose
from reporting.gather import gather
from reporting.snapshot import write_snapshots
from tests.brief_fixture import PERIOD, REGIONS, Cell, count, days, full_month, make_release
from warehouse.engine import connect

LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_release(tmp_path_factory.mktemp("full"), full_month(), failed=(("街道未匹配", "streets unmatched"),))


@pytest.fixture(scope="module")
def written(settings: Settings) -> dict[str, Path]:
    return {path.name: path for path in write_snapshots(settings)}


def brief_of(settings: Settings, language: str, period: str | None = None) -> dict[str, Any]:
    figures, _ = snapshot._read(settings, "monthly", period)
    return snapshot.payload(compose(figures), "zh" if language == "zh" else "en")


def squeezed(text: str) -> str:
    """Text without white space, which PDF and HTML set each in their own way."""
    return re.sub(r"\s+", "", text.replace("\ufffe", "").replace("\u00a0", ""))


def printed(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return squeezed("".join(document[n].get_textpage().get_text_bounded() for n in range(len(document))))


def on_screen(path: Path) -> str:
    body = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return squeezed(unescape(re.sub(r"<[^>]+>", "", body)))


def numbers(payload: dict[str, Any]) -> Iterator[str]:
    for card in [*payload["cards"], *payload["platforms"]]:
        yield from (card["value"], card["basis"], *(change["amount"] for change in card["changes"]), *card["remarks"])
    for row in [*payload["ranking"], *payload["small_cells"]]:
        yield from (row["area"], row["value"], row["basis"])
    for definition in payload["definitions"]:
        yield from (definition["basis"], *definition["waterfall"], definition["exclusions"], definition["formula"])
    yield from (*payload["highlights"], *payload["concerns"], *payload["missing"], payload["provenance"])


def test_six_files_and_a_pointer_are_written(settings: Settings, written: dict[str, Path]) -> None:
    names = {f"brief_2026-01_{language}.{kind}" for language in LANGUAGES for kind in ("pdf", "html", "png")}
    assert set(written) == names
    pointer = json.loads((settings.briefs / "latest.json").read_text())
    assert pointer["release_id"] == "r-20260205"
    assert {settings.briefs / name for name in pointer["files"]} == set(written.values())
    assert not list(settings.briefs.rglob("*.tmp"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_number_two_formats(settings: Settings, written: dict[str, Path], language: str) -> None:
    payload = brief_of(settings, language)
    pdf, html = printed(written[f"brief_2026-01_{language}.pdf"]), on_screen(written[f"brief_2026-01_{language}.html"])
    for text in filter(None, map(squeezed, numbers(payload))):
        assert text in html, text
        assert text in pdf, text


def test_the_same_release_gives_the_same_bytes(settings: Settings, written: dict[str, Path]) -> None:
    before = {path: path.read_bytes() for path in written.values()}
    for path in write_snapshots(settings, period="2026-01"):
        assert path.read_bytes() == before[path], path.name


def test_the_figures_of_the_city_stand_on_their_cards(settings: Settings) -> None:
    cards = {card["kpi_id"]: card for card in brief_of(settings, "zh")["cards"]}
    assert (cards["H04"]["value"], cards["H04"]["basis"]) == ("96.5%", "30,895 / 32,018")
    assert [(c["kind"], c["amount"], c["judgement"]) for c in cards["H04"]["changes"]] == [
        ("环比", "+1.4个百分点", "向好"),
        ("同比", "+2.3个百分点", "向好"),
    ]
    assert (cards["H04"]["target"]["amount"], cards["H04"]["target"]["judgement"]) == ("95.0%", "达到")
    assert cards["H05"]["target"] is None
    assert cards["H05"]["remarks"] == ["其中在办未到期 873 件"]
    assert [change["amount"] for change in cards["H05"]["changes"]] == ["不可比", "无基数"]
    assert cards["H06"]["changes"][1]["amount"] == "无基数"
    assert cards["T01"]["remarks"] == ["有效读数率 92.9%"]


def test_the_two_platforms_stand_side_by_side_and_are_never_added(settings: Settings, written: dict[str, Path]) -> None:
    payload = brief_of(settings, "zh")
    assert [card["value"] for card in payload["platforms"]] == ["3.27万", "2,952"]
    assert "不相加" in printed(written["brief_2026-01_zh.pdf"])
    assert "35,666" not in on_screen(written["brief_2026-01_en.html"])


def test_small_cells_are_listed_apart_and_never_ranked(settings: Settings) -> None:
    payload = brief_of(settings, "zh")
    small = {row["area"]: row for row in payload["small_cells"]}
    assert set(small) == {"长海县", "长兴岛经济区"}
    assert small["长海县"]["value"] == "95.5%"
    assert small["长兴岛经济区"]["value"] == "样本少"
    rates = [float(row["value"].rstrip("%")) for row in payload["ranking"]]
    assert len(rates) == len(REGIONS) - len(small)
    assert rates == sorted(rates, reverse=True)
    assert not set(small) & {row["area"] for row in payload["ranking"]}


def test_synthetic_data_are_labelled_and_real_data_are_not(tmp_path: Path, written: dict[str, Path]) -> None:
    assert "模拟数据" in printed(written["brief_2026-01_zh.pdf"])
    assert "SYNTHETICDATA" in on_screen(written["brief_2026-01_en.html"])
    assert brief_of(make_release(tmp_path, full_month(), synthetic=False), "zh")["label"] is None


def test_the_english_page_holds_no_chinese(written: dict[str, Path]) -> None:
    for text in (printed(written["brief_2026-01_en.pdf"]), on_screen(written["brief_2026-01_en.html"])):
        assert not re.findall(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_outside(written: dict[str, Path], language: str) -> None:
    page = written[f"brief_2026-01_{language}.html"].read_text(encoding="utf-8")
    assert set(re.findall(r"url\(([a-z]+:[a-z]+/[a-z]+)", page)) == {"data:font/woff"}
    bare = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.findall(r"https?:|//|<script|<link|@import|src=|href=|\bon[a-z]+=", bare)
    assert "default-src 'none'" in bare


def test_names_from_the_data_cannot_become_markup(tmp_path: Path) -> None:
    name = {"210202": ("<b>*甲*#区</b>", "<b>*A*#area</b>")}
    paths = {path.name: path for path in write_snapshots(make_release(tmp_path, full_month(), names=name))}
    assert "<b>*" not in paths["brief_2026-01_zh.html"].read_text(encoding="utf-8")
    assert "<b>*甲*#区</b>" in printed(paths["brief_2026-01_zh.pdf"])


def test_a_missing_glyph_is_refused_by_name_and_place(tmp_path: Path) -> None:
    settings = make_release(tmp_path, full_month(), names={"210202": ("\U00020bb7区", "A")})
    with pytest.raises(ContractError, match=r"U\+20BB7\) in ranking\[0\]\.area"):
        write_snapshots(settings)
    assert not settings.briefs.exists()


def test_what_is_missing_stands_on_the_page(tmp_path: Path, settings: Settings) -> None:
    hotline_only = [cell for cell in full_month() if cell.kpi.startswith("hotline") and cell.start.year == 2026]
    missing = brief_of(make_release(tmp_path, hotline_only), "zh")["missing"]
    assert "室温达标率：无数据" in missing
    assert "网格事件按时处置率：无数据" in missing
    assert "诉求量没有上年同期数据" in missing
    assert brief_of(settings, "zh")["missing"] == ["未通过的检查：街道未匹配"]


def test_an_empty_month_says_so(tmp_path: Path) -> None:
    cells = [*full_month(), empty("hotline.case_count"), empty("hotline.on_time_rate")]
    settings = make_release(tmp_path, cells)
    assert all("2026-01" in path.name for path in write_snapshots(settings))
    paths = {path.name: path for path in write_snapshots(settings, period="2026-02")}
    text = printed(paths["brief_2026-02_zh.pdf"])
    assert "本月没有收到市平台热线诉求数据" in text
    assert "无基数" in text
    assert "本期没有可排名的单位" in text


def empty(kpi: str) -> Cell:
    return Cell(kpi, 0, 0, PERIOD.replace(month=2), status="no_base", rankable=False)


def test_a_running_month_is_flagged_and_its_count_compares_by_the_day(tmp_path: Path) -> None:
    first, last = PERIOD.replace(year=2025, month=12), PERIOD.replace(day=10)
    cells = [count(2900, first), count(1100, PERIOD)]
    cells += [count(100 if day < PERIOD else 110, day, "day") for day in days(first.replace(day=3), last)]
    cells += [Cell("hotline.case_yoy", 1100, 0, status="not_comparable", counted=1100)]
    payload = brief_of(make_release(tmp_path, cells), "en")
    assert payload["warning"].startswith("Not a whole month: hotline data for 10 of 31 days")
    year, month = payload["platforms"][0]["changes"]
    assert (year["kind"], year["amount"]) == ("YoY", "not comparable")
    assert (month["kind"], month["amount"]) == ("MoM, daily mean", "+10.0%")


def test_no_release_no_data_and_no_such_month_are_nothing_to_do(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(NothingToDo, match="no release"):
        write_snapshots(Settings(home=tmp_path / "none", key_file=tmp_path / "key"))
    with pytest.raises(NothingToDo, match="no hotline data"):
        write_snapshots(make_release(tmp_path / "empty", [empty("hotline.case_count")]))
    with pytest.raises(NothingToDo, match="2019-01"):
        write_snapshots(settings, period="2019-01")


@pytest.mark.parametrize("period", ["2026-13", "2026", "26-01", "2026-01-01", "../01"])
def test_a_period_that_is_no_month_is_refused(settings: Settings, period: str) -> None:
    with pytest.raises(ContractError, match="YYYY-MM"):
        write_snapshots(settings, period=period)


def test_rules_that_flag_input_are_told_together(tmp_path: Path) -> None:
    failed = (("甲", "flagged a"), ("乙", "flagged b"), ("街道未匹配", "streets unmatched"))
    settings = make_release(tmp_path, full_month(), failed=failed)
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as con:
        told = [message.en for message in gather(con).failed_checks]
    assert told == ["streets unmatched", "No input is flagged (rows of 2 rules are)"]
