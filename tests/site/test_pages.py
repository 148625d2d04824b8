"""The site as files: every link leads somewhere, no language is mixed, the same release gives the same bytes."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ingestion.settings import Settings
from reporting.site import write_site
from tests.site.conftest import Site
from tests.site.parsed import Parsed
from tests.site.site_home import EARLIER, HOSTILE, RELEASE, make_home
from warehouse.engine import connect

CJK = re.compile(r"[\u3400-\u9fff]")
OUTSIDE = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//|@import|url\((?!data:)""")
BILINGUAL = ("quality.html", "runs.html", "figures.html", "models.html")


@cache
def parsed(path: Path) -> Parsed:
    return Parsed(path)


def own(site: Site) -> list[Path]:
    """All pages but the one that dbt brings."""
    return [path for path in site.pages if path.name != "models.html"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_home(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def home(made: Settings, tmp_path: Path) -> Settings:
    """A copy to change."""
    shutil.copytree(made.home, tmp_path / "home")
    return replace(made, home=tmp_path / "home", key_file=tmp_path / "home" / "key")


def test_every_link_leads_to_a_file_and_an_anchor(site: Site) -> None:
    broken = []
    for path in own(site):
        for link, target, anchor in parsed(path).targets():
            is_there = target.is_file() and (
                not anchor
                or anchor.startswith("!/")
                or anchor in parsed(target).anchors  # dbt's page finds its own way
            )
            broken += [] if is_there else [f"{path.relative_to(site.root)}: {link}"]
    assert broken == []


def test_every_page_can_be_reached_from_the_front_page(site: Site) -> None:
    seen, todo = set(), [site.root / "index.html"]
    while todo:
        page = todo.pop()
        if page not in seen and page.suffix == ".html":
            seen.add(page)
            todo += [] if page.name == "models.html" else [target for _, target, _ in parsed(page).targets()]
    assert {path for path in site.pages if path.name != "figures_replay.html"} - seen == set()


def test_no_page_mixes_languages(site: Site) -> None:
    mixed = [
        f"{path.relative_to(site.root)}: {word[:60]}"
        for path in own(site)
        if path.name.endswith(".en.html")
        for word, language in parsed(path).words
        if CJK.search(word) and not language.startswith("zh") and word != HOSTILE
    ]
    assert mixed == []


def test_every_page_says_its_language_and_has_its_twin(site: Site) -> None:
    for path in own(site):
        is_english = path.name.endswith(".en.html")
        assert f'<html lang="{"en" if is_english else "zh-CN"}">' in path.read_text(encoding="utf-8")
        if path.name not in (*BILINGUAL, "figures_replay.html"):
            twin = path.with_name(path.name.replace(".en.html", ".html") if is_english else f"{path.stem}.en.html")
            assert twin in [target for _, target, _ in parsed(path).targets()], path.name


def test_no_page_names_a_place_outside(site: Site) -> None:
    assert [path.name for path in own(site) if OUTSIDE.search(path.read_text(encoding="utf-8"))] == []


def test_simulated_data_are_called_so_on_every_page(site: Site) -> None:
    pages = [path for path in own(site) if path.name not in ("runs.html", "figures_replay.html")]
    assert [p.name for p in pages if not re.search("SYNTHETIC|模拟数据", p.read_text(encoding="utf-8"))] == []


def test_the_same_release_gives_the_same_bytes_and_writes_nothing(home: Settings) -> None:
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in write_site(home)}
    again = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in write_site(home)}
    assert again == first


def test_the_page_of_a_kpi_that_is_no_more_goes(home: Settings) -> None:
    write_site(home)
    gone = home.site / "kpi" / "grid.on_time_rate.html"
    assert gone.exists()
    with connect(home.serving / "governance.duckdb", settings=home) as con:
        con.execute("DELETE FROM meta.kpi_dictionary WHERE kpi_code = 'grid.on_time_rate'")
    write_site(home)
    assert not gone.exists()
    assert "grid.on_time_rate" not in (home.site / "kpis.html").read_text(encoding="utf-8")


def test_without_a_release_the_front_page_says_so(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, key_file=tmp_path / "key")
    write_site(settings)
    assert "尚未发布" in (settings.site / "index.html").read_text(encoding="utf-8")
    assert "Nothing is published yet" in (settings.site / "index.en.html").read_text(encoding="utf-8")


def test_a_name_with_a_script_comes_out_as_text(home: Settings) -> None:
    write_site(home)
    page = (home.site / "kpi" / "hotline.on_time_rate.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_front_page_tells_of_issued_briefs_and_of_what_is_stale(home: Settings) -> None:
    write_site(home)
    page = (home.site / "index.en.html").read_text(encoding="utf-8")
    for name in ("brief_2026-01_en.html", "210202/brief_2026-01_en.xlsx", "brief_weekly_2026-W04_en.pdf"):
        assert f"../briefs/{RELEASE}/{name}" in page
    assert "quarterly_2025-Q4" not in page, "a draft is not for readers"
    assert "the data have not come." in page
    assert "Zhongshan District" in page


def test_a_brief_whose_file_is_gone_is_not_offered(home: Settings) -> None:
    (home.briefs / RELEASE / "brief_2026-01_en.xlsx").unlink()
    write_site(home)
    assert f"{RELEASE}/brief_2026-01_en.xlsx" not in (home.site / "index.en.html").read_text(encoding="utf-8")


def test_a_kpi_page_has_figures_with_their_working_and_its_way(home: Settings) -> None:
    write_site(home)
    page = (home.site / "kpi" / "hotline.on_time_rate.en.html").read_text(encoding="utf-8")
    for said in ("96.5%", "30,895 / 32,018", "≥ 95.0%", "✓ met", "+1.4 pp", "stg_hotline_city", "Rows of kpi_hotline"):
        assert said in page, said
    assert page.index("Zhongshan District") < page.index("Changxing Island Economic Zone"), (
        "small cells stand at the end"
    )
    small = page[page.index("Changxing Island Economic Zone") :].partition("</tr>")[0]
    assert "small cell" in small
    assert "%" not in small


def test_without_a_target_there_is_no_light(home: Settings) -> None:
    write_site(home)
    page = (home.site / "kpi" / "hotline.closure_rate.html").read_text(encoding="utf-8")
    assert "✓" not in page
    assert 'class="goal"' not in page


def test_feeds_that_owe_something_are_named_first(home: Settings) -> None:
    write_site(home)
    page = (home.site / "feeds.en.html").read_text(encoding="utf-8")
    verdict = page.partition('<p class="lead">')[0]
    for said in ("1 missing (2026-01-30)", "never delivered", "the last one was late"):
        assert said in verdict
    assert "safety_public_security_month" not in verdict, "what is not yet due is not missing"


def test_the_restatement_log_tells_moved_from_never_compared(home: Settings) -> None:
    write_site(home)
    page = (home.site / "restatements.en.html").read_text(encoding="utf-8")
    assert "Figures were restated" in page
    assert "0.0042%" in page, "a small share is not printed as none"
    assert "2025-03-01 – 2025-03-02" in page
    with connect(home.serving / "governance.duckdb", settings=home, read_only=True):
        (home.releases / f"{RELEASE}.json").unlink()
    write_site(home)
    page = (home.site / "restatements.en.html").read_text(encoding="utf-8")
    assert EARLIER in page
    assert "No earlier release to compare with" in page
    assert "Nothing was restated" not in page


def test_the_page_of_the_models_holds_no_moment_and_no_machine_path(site: Site) -> None:
    page = site.text("models.html")
    assert "compiled_path" not in page
    assert "dbt's own words" not in page, "they lead outside"
    assert str(site.settings.home) not in page
    assert "2026-" not in page.partition('"metadata":')[2][:400]
