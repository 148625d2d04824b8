"""One number, five formats: the brief says the same in each, twice the same, and hides nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from ingestion.errors import ContractError, NothingToDo
from ingestion.settings import Settings
from reporting import snapshot
from reporting.brief import Language, Text
from reporting.compose import compose
from reporting.contents import contents_of
from reporting.gather import gather
from reporting.pictures import Ground
from reporting.snapshot import write_snapshots
from reporting.tables import TableReader
from tests.brief_fixture import PERIOD, REGIONS, Cell, count, days, full_month, make_release
from warehouse.engine import connect

LANGUAGES: tuple[Language, ...] = ("zh", "en")
FORMATS = ("pdf", "html", "png", "xlsx", "docx")
PLANTED = ('=cmd|"/C calc"!A0<script>', "=HYPERLINK(1)<script>")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_release(tmp_path_factory.mktemp("full"), full_month(), failed=(("街道未匹配", "streets unmatched"),))


@pytest.fixture(scope="module")
def written(settings: Settings) -> dict[str, Path]:
    return {path.name: path for path in write_snapshots(settings)}


def brief_of(settings: Settings, language: Language, period: str | None = None, area: str = "") -> dict[str, Any]:
    with snapshot._release(settings) as con:
        figures = gather(con, "monthly", period).for_area(area)
        tables = TableReader(con, contents_of("monthly").tables).read(figures)
        return snapshot.payload(compose(figures, tables, Ground()), language)


def cards_of(payload: dict[str, Any]) -> list[dict[str, Any]]:
    cards = [card for block in blocks(payload, "cards") for card in block["cards"]]
    return [member for card in cards for member in card.get("members", [card])]


def blocks(payload: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    yield from (block for section in payload["sections"] for block in section["blocks"] if block["block"] == kind)


def rows_of(payload: dict[str, Any], name: str) -> list[dict[str, str]]:
    """The printed rows of a table section, by column."""
    (section,) = (section for section in payload["sections"] if section["name"] == name)
    (table,) = section["blocks"]
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, (cell["text"] for cell in row), strict=True)) for row in table["rows"]]


def missing_of(payload: dict[str, Any]) -> list[str]:
    (section,) = (section for section in payload["sections"] if section["name"] == "missing")
    lines: list[str] = section["blocks"][0]["lines"]
    return lines


def squeezed(text: str) -> str:
    """Text without white space, which PDF and HTML set each in their own way."""
    return re.sub(r"\s+", "", text.replace("\ufffe", "").replace("\u00a0", ""))


def printed(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return squeezed("".join(document[n].get_textpage().get_text_bounded() for n in range(len(document))))


def on_screen(path: Path) -> str:
    body = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return squeezed(unescape(re.sub(r"<[^>]+>", "", body)))


def in_sheets(path: Path) -> str:
    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    return squeezed("\n".join(str(cell) for row in rows for cell in row))


def in_document(path: Path) -> str:
    with ZipFile(path) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    return squeezed(unescape(re.sub(r"<[^>]+>", "", xml)))


READERS = {"pdf": printed, "html": on_screen, "xlsx": in_sheets, "docx": in_document}


def numbers(payload: dict[str, Any]) -> Iterator[str]:
    for card in cards_of(payload):
        yield from (card["name"], card["value"], card["basis"], card["state"], card["as_of"], *card["remarks"])
        for change in filter(None, [*card["changes"], card["target"]]):
            yield from (change["amount"], change["judgement"])
    for table in blocks(payload, "table"):
        yield from (cell["text"] for row in table["rows"][: table["limit"] or None] for cell in row)
    for definition in payload["definitions"]:
        yield from (definition["basis"], *definition["waterfall"], definition["exclusions"], definition["formula"])
    yield from (*payload["highlights"], *payload["concerns"], *missing_of(payload), payload["provenance"])


def test_ten_files_and_a_pointer_are_written(settings: Settings, written: dict[str, Path]) -> None:
    names = {f"brief_2026-01_{language}.{kind}" for language in LANGUAGES for kind in FORMATS}
    assert set(written) == names
    pointer = json.loads((settings.briefs / "latest.json").read_text())
    assert pointer["release_id"] == "r-20260205"
    assert {settings.briefs / name for name in pointer["files"]} == set(written.values())
    assert not list(settings.briefs.rglob("*.tmp"))


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_number_in_every_format(
    settings: Settings, written: dict[str, Path], language: Language, kind: str
) -> None:
    found = READERS[kind](written[f"brief_2026-01_{language}.{kind}"])
    said = list(filter(None, map(squeezed, numbers(brief_of(settings, language)))))
    assert len(said) > 100
    assert [text for text in said if text not in found] == []


def test_the_same_release_gives_the_same_bytes(settings: Settings, written: dict[str, Path]) -> None:
    before = {path: path.read_bytes() for path in written.values()}
    for path in write_snapshots(settings, period="2026-01"):
        assert path.read_bytes() == before[path], path.name


def test_the_figures_of_the_city_stand_on_their_cards(settings: Settings) -> None:
    cards = {card["kpi_id"]: card for card in cards_of(brief_of(settings, "zh"))}
    assert (cards["H04"]["value"], cards["H04"]["basis"]) == ("96.5%", "30,895 / 32,018")
    assert [(c["kind"], c["amount"], c["judgement"]) for c in cards["H04"]["changes"]] == [
        ("环比", "+1.4个百分点", "向好"),
        ("同比", "+2.3个百分点", "向好"),
    ]
    assert (cards["H04"]["target"]["amount"], cards["H04"]["target"]["judgement"]) == ("95.0%", "达到")
    assert cards["H04"]["as_of"] == "截至2026年2月5日"
    assert cards["H05"]["remarks"] == ["其中在办未到期 873 件"]
    assert [change["amount"] for change in cards["H05"]["changes"]] == ["不可比", "无基数"]
    assert cards["H06"]["changes"][1]["amount"] == "无基数"
    assert cards["T01"]["remarks"] == ["有效读数率 92.9%"]
    assert all(card["target"] is None for kpi_id, card in cards.items() if kpi_id != "H04"), "no light without a target"


def test_the_two_platforms_stand_side_by_side_and_are_never_added(settings: Settings, written: dict[str, Path]) -> None:
    platforms = [card for card in cards_of(brief_of(settings, "zh")) if "yoy" in card["kpi_code"]]
    assert [card["value"] for card in platforms] == ["3.27万", "2,952"]
    assert "不相加" in printed(written["brief_2026-01_zh.pdf"])
    assert "35,666" not in on_screen(written["brief_2026-01_en.html"])


def test_small_cells_are_listed_apart_and_never_ranked(settings: Settings) -> None:
    payload = brief_of(settings, "zh")
    small = {row["area"]: row for row in rows_of(payload, "small_cells")}
    assert set(small) == {"长海县", "长兴岛经济区"}
    assert small["长海县"]["value"] == "95.5%"
    assert small["长兴岛经济区"]["value"] == "样本过小"
    ranking = rows_of(payload, "ranking")
    rates = [float(row["value"].rstrip("%")) for row in ranking]
    assert len(rates) == len(REGIONS) - len(small)
    assert rates == sorted(rates, reverse=True)
    assert not set(small) & {row["area"] for row in ranking}


def test_a_district_has_its_own_brief_with_its_streets_and_the_city_beside(settings: Settings) -> None:
    payload = brief_of(settings, "zh", area="210202")
    assert payload["title"] == "中山区治理运行月报"
    assert [row["area"] for row in rows_of(payload, "ranking")] == ["青泥洼桥街道", "桂林街道"]
    small = {row["area"]: (row["value"], row["basis"]) for row in rows_of(payload, "small_cells")}
    assert small == {"葵英街道": ("样本过小", "0 / 6"), "海军广场街道": ("–", "无数据")}
    (card,) = (card for card in cards_of(payload) if card["kpi_code"] == "hotline.on_time_rate")
    assert "全市 96.5%" in card["remarks"]
    english = brief_of(settings, "en", area="210202")
    assert [row["area"] for row in rows_of(english, "ranking")] == ["Qingniwaqiao Subdistrict", "Guilin Subdistrict"]


def test_a_district_without_data_keeps_its_row_with_a_dash_and_a_reason(tmp_path: Path) -> None:
    cells = [cell for cell in full_month() if cell.area != "210283"]
    payload = brief_of(make_release(tmp_path, cells), "zh")
    assert {row["area"]: (row["value"], row["basis"]) for row in rows_of(payload, "small_cells")}["庄河市"] == (
        "–",
        "无数据",
    )


def test_all_areas_or_one_of_them_are_written_on_request(settings: Settings) -> None:
    paths = write_snapshots(settings, area="中山区")
    folder = settings.briefs / "r-20260205" / "210202"
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths if path.parent == folder}
    with pytest.raises(ContractError, match="no such administering unit"):
        write_snapshots(settings, area="../x")


def test_a_stale_release_is_marked_at_the_top(settings: Settings) -> None:
    with snapshot._release(settings) as con:
        brief = compose(gather(con), {}, Ground(), Text("把关未过。", "the gate said no."))
    assert brief.warning == Text(
        "陈旧：数据截至2026年2月5日06:30，把关未过。", "Stale: data as of 5 February 2026, 06:30; the gate said no."
    )


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
    assert not re.findall(r'https?:|//|<script|<link|@import|src=|href="(?!#)|\bon[a-z]+=', bare)
    assert "default-src 'none'" in bare


@pytest.mark.parametrize("kind", READERS)
def test_what_is_planted_in_a_name_comes_out_as_text(planted: dict[str, Path], kind: str) -> None:
    for language, name in zip(LANGUAGES, PLANTED, strict=True):
        path = planted[f"brief_2026-01_{language}.{kind}"]
        assert squeezed(name) in READERS[kind](path)
        raw = path.read_bytes()
        if kind == "html":
            assert b"<script>" not in raw.replace(b"&lt;script&gt;", b"")
        if kind == "xlsx":
            with ZipFile(BytesIO(raw)) as archive:
                assert not any(b"<f>" in archive.read(part) for part in archive.namelist() if "/sheet" in part)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    settings = make_release(tmp_path_factory.mktemp("planted"), full_month(), names={"210202": PLANTED})
    return {path.name: path for path in write_snapshots(settings)}


def test_a_missing_glyph_is_refused_by_name_and_place(tmp_path: Path) -> None:
    settings = make_release(tmp_path, full_month(), names={"210202": ("\U00020bb7区", "A")})
    with pytest.raises(ContractError, match=r"U\+20BB7\) in sections\[\d+\]\.blocks\[0\]"):
        write_snapshots(settings)
    assert not settings.briefs.exists()


def test_what_is_missing_stands_on_the_page(tmp_path: Path, settings: Settings) -> None:
    hotline_only = [cell for cell in full_month() if cell.kpi.startswith("hotline") and cell.start.year == 2026]
    missing = missing_of(brief_of(make_release(tmp_path, hotline_only), "zh"))
    assert "室温达标率：无数据" in missing
    assert "网格事件按时处置率：无数据" in missing
    assert "诉求量没有上年同期数据" in missing
    assert missing_of(brief_of(settings, "zh"))[0] == "未通过的检查：街道未匹配"


def test_an_empty_month_says_so(tmp_path: Path) -> None:
    cells = [*full_month(), empty("hotline.case_count"), empty("hotline.on_time_rate")]
    settings = make_release(tmp_path, cells)
    assert all("2026-01" in path.name for path in write_snapshots(settings))
    with pytest.raises(NothingToDo, match="2026-02 has no hotline data, and its brief says so"):
        write_snapshots(settings, period="2026-02")
    text = printed(settings.briefs / "r-20260205" / "brief_2026-02_zh.pdf")
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
    platforms = [card for card in cards_of(payload) if "yoy" in card["kpi_code"]]
    year, month = platforms[0]["changes"]
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
