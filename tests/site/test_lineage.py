"""The lineage pages: what a column is made of and goes back to, who uses it, personal data, and what costs nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import Settings
from reporting.site import write_site
from tests.site.parsed import Parsed
from tests.site.site_home import make_home
from warehouse.engine import connect

MANIFEST = Path("warehouse") / "dbt_target" / "manifest.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = make_home(tmp_path_factory.mktemp("lineage") / "home")
    write_site(settings)
    return settings


@pytest.fixture
def home(made: Settings, tmp_path: Path) -> Settings:
    """A copy to change."""
    shutil.copytree(made.home, tmp_path / "home")
    return replace(made, home=tmp_path / "home", key_file=tmp_path / "home" / "key")


def change(settings: Settings, model: str, **new: object) -> None:
    graph = json.loads((settings.home / MANIFEST).read_text(encoding="utf-8"))
    graph["nodes"][f"model.citypulse.{model}"] |= new
    (settings.home / MANIFEST).write_text(json.dumps(graph), encoding="utf-8")


def row(settings: Settings, page: str, anchor: str) -> str:
    text = (settings.site / page).read_text(encoding="utf-8")
    return text.partition(f'<tr id="{anchor}">')[2].partition("</tr>")[0]


def test_a_column_tells_its_step_its_sources_and_the_header_it_began_as(made: Settings) -> None:
    found = row(made, "lineage/fct_kpi_value.html", "numerator")
    upstream = "../lineage/inner.html#kpi_hotline.callers"
    header = ("市12345热线工单", "联系电话", "caller_token", "换成令牌", "涉及个人信息")
    for said in ("分子", "改名", upstream, *header):
        assert said in found, said
    assert "固定值" in row(made, "lineage/fct_kpi_value.html", "kpi_code")
    counted = row(made, "lineage/inner.en.html", "kpi_hotline.cases")
    assert "aggregated" in counted
    assert "stg_hotline_city</code></a>" in counted
    assert ">rows<" in counted
    assert "case_no" not in counted, "a condition is no source"
    assert "case_no" in (made.site / "lineage/inner.en.html").read_text("utf-8").partition("What chooses the rows")[2]


def test_the_first_page_tells_tables_users_and_where_personal_data_go(made: Settings) -> None:
    page = (made.site / "lineage.en.html").read_text(encoding="utf-8")
    assert "Every model was read" in page
    assert "Used by: KPI overview" in page
    assert "meta.publish_info" in page.partition("Written by the release itself")[0]
    personal = page.partition('id="personal"')[2]
    caller = personal.partition("hotline_city.caller_token")[2].partition("</tr>")[0]
    assert "Repeats of one caller" in caller
    assert "fct_kpi_value" in caller
    name = personal.partition("hotline_city.caller_name")[2].partition("</tr>")[0]
    assert "dropped" in name
    assert "No published column rests on it" in name


def test_a_delivered_column_tells_where_it_goes(made: Settings) -> None:
    assert "fct_kpi_value" in row(made, "lineage/feeds.html", "hotline_city.received_at")
    assert "不发布" in row(made, "lineage/feeds.html", "hotline_city.grade")
    number = row(made, "lineage/feeds.html", "hotline_city.case_no")
    assert "1 张表只用它筛选" in number
    assert "不发布" not in number


def test_kpi_pages_search_and_models_lead_to_it(made: Settings) -> None:
    kpi = Parsed(made.site / "kpi" / "hotline.on_time_rate.html")
    assert "../lineage/fct_kpi_value.html" in kpi.links
    season = Parsed(made.site / "kpi" / "heating.season_yoy.html")
    assert not [link for link in season.links if "lineage/" in link], "its table is no model here"
    search = (made.site / "search.html").read_text(encoding="utf-8")
    entry = search.partition('<a href="lineage/fct_kpi_value.html">')[0].rpartition("data-k=")[2]
    assert "numerator" in entry
    assert "分子" in entry
    assert 'href="lineage.html"' in (made.site / "models.html").read_text(encoding="utf-8")


def test_another_release_of_the_same_code_leaves_the_pages_alone(home: Settings) -> None:
    pages = sorted([*home.site.glob("lineage/*.html"), *home.site.glob("lineage*.*")])
    before = {page: page.stat().st_mtime_ns for page in pages}
    assert len(before) > 8
    with connect(home.serving / "governance.duckdb", settings=home) as con:
        con.execute("UPDATE meta.publish_info SET release_id = 'r-20260301'")
    written = write_site(home)
    assert {page: page.stat().st_mtime_ns for page in pages} == before
    assert set(pages) <= set(written)
    assert "r-20260301" in (home.site / "index.html").read_text(encoding="utf-8")


def test_other_sql_changes_the_page_and_a_lost_page_comes_back(home: Settings) -> None:
    (home.site / "lineage" / "feeds.html").unlink()
    sql = "select kpi_code, 1 as numerator from governance.marts.kpi_hotline cross join (select 'x' as kpi_code)"
    change(home, "fct_kpi_value", raw_code=sql, compiled_code=sql)
    write_site(home)
    assert "固定值" in row(home, "lineage/fct_kpi_value.html", "numerator")
    assert (home.site / "lineage" / "feeds.html").exists()
    assert json.loads((home.site / "lineage.json").read_bytes())["models"]["marts.fct_kpi_value"]["columns"] == {
        "kpi_code": {"step": "constant", "from": []}, "numerator": {"step": "constant", "from": []},
    }  # fmt: skip


def test_a_model_that_cannot_be_read_is_told_and_the_site_stands(home: Settings) -> None:
    change(
        home, "kpi_hotline", raw_code="pivot what", compiled_code="pivot governance.staging.stg_hotline_city on case_no"
    )
    write_site(home)
    page = (home.site / "lineage.html").read_text(encoding="utf-8")
    assert "有模型未能读懂" in page
    assert "a Pivot where a query was expected" in page
    assert "涉及个人信息" in row(home, "lineage/inner.html", "kpi_hotline.value"), "it may rest on all that goes in"


def test_without_a_build_there_is_no_lineage(home: Settings) -> None:
    (home.home / MANIFEST).write_text("{half", encoding="utf-8")
    write_site(home)
    assert not list(home.site.glob("lineage/*.html"))
    assert 'href="lineage.html"' not in (home.site / "index.html").read_text(encoding="utf-8")
