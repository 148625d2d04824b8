"""`make superset` as a reader meets it: log in, open the dashboard, see the mart's numbers, be refused a write."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from deploy.superset import FILES, PYTHON
from deploy.superset_columns import DATASETS, columns_of
from ingestion.settings import PROJECT_ROOT, Settings
from tests import chromium

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Page

CARD, CARD_CODE = "按时办结率", "hotline.on_time_rate"
TABS = ["总览 / Overview", "区域下钻 / By area", "供热 / Heating", "数据时效 / Data freshness"]
PIXEL = "https://apachesuperset.gateway.scarf.sh/"  # compiled into its pages; our policy stops it in the browser


@dataclass
class Dashboard:
    """A page on the dashboard, what it said, and the served file behind it."""

    page: Page
    url: str
    served: Path
    answers: list[tuple[int, str]] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    def open(self) -> None:
        """The dashboard anew, with its first tab."""
        self.page.goto(f"{self.url}/superset/dashboard/citypulse/")
        self.turn_to(TABS[0])

    def turn_to(self, tab: str) -> None:
        """One of its tabs, with all charts drawn."""
        self.page.get_by_role("tab", name=tab).click()
        self.page.wait_for_selector(".ant-tabs-tabpane-active [data-test-chart-name]")
        self.page.wait_for_function("() => !document.querySelector('[data-test=loading-indicator]')")

    def chart(self, name: str) -> Any:
        return self.page.locator(f"[data-test-chart-name='{name}']")

    def card(self) -> str:
        return str(self.chart(CARD).locator(".header-line").inner_text())

    def row(self, chart: str, text: str) -> list[str]:
        """The cells of a table's row that has this text, once it is there."""
        found = self.chart(chart).locator("tbody tr", has_text=text)
        found.first.wait_for()
        return [str(cell) for cell in found.locator("td").all_inner_texts()]

    def ask(self, sql: str) -> APIResponse:
        """SQL Lab's answer, asked as its page does."""
        request = self.page.request
        token = request.get(f"{self.url}/api/v1/security/csrf_token/").json()["result"]
        database = request.get(f"{self.url}/api/v1/database/").json()["result"][0]["id"]
        headers = {"X-CSRFToken": token, "Referer": self.url}
        return request.post(
            f"{self.url}/api/v1/sqllab/execute/", headers=headers, data={"database_id": database, "sql": sql}
        )


@pytest.fixture(scope="module")
def home(released_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose served file a test may swap."""
    folder = tmp_path_factory.mktemp("superset") / "home"
    (folder / "serving").mkdir(parents=True)
    shutil.copy(released_city.serving / "governance.duckdb", folder / "serving" / "governance.duckdb")
    return folder


@pytest.fixture(scope="module")
def superset(home: Path) -> Iterator[str]:
    """The address of a Superset that was made and started as `make superset` does, with a state of its own."""
    subprocess.run(["make", "-s", str(PYTHON.parent.parent.relative_to(PROJECT_ROOT) / ".ready")], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "deploy.superset", "--home", home, "--state", home.parent / "state"]
    log = home.parent / "server.log"
    with log.open("wb") as errors:
        server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert server.stdout
        said = next((line for line in server.stdout if "Superset: open" in line), "")
        assert f"http://127.0.0.1:{port}/superset/dashboard/citypulse/" in said, log.read_text("utf-8")[-2000:]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def dashboard(superset: str, home: Path) -> Iterator[Dashboard]:
    path = chromium.executable()
    assert path, "there is no Chromium on the PATH: `make browser` installs one"
    password = (home.parent / "state" / "admin_password").read_text("ascii")
    with chromium.opened(path) as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 2400}, timezone_id="Asia/Shanghai")
        seen = Dashboard(context.new_page(), superset, home / "serving" / "governance.duckdb")
        seen.page.set_default_timeout(60_000)
        seen.page.on("response", lambda answer: seen.answers.append((answer.status, answer.url)))
        context.on("request", lambda asked: _note_beyond(seen, asked.url))
        # Superset's log of what visitors do answers with a stranger's session: that must not come after the login.
        with seen.page.expect_response("**/superset/log/**"):
            seen.page.goto(f"{superset}/login/")
        seen.page.fill("#username", "admin")
        seen.page.fill("#password", password)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/superset/welcome/**")
        seen.open()
        yield seen
        context.close()


def _note_beyond(seen: Dashboard, url: str) -> None:
    if not url.startswith((seen.url, "data:", "blob:", PIXEL)):
        seen.beyond.append(url)


def asked(served: Path, sql: str) -> Any:
    with duckdb.connect(served, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def city_value(served: Path) -> float:
    ((value,),) = asked(
        served,
        f"""SELECT value::DOUBLE FROM marts.fct_kpi_value WHERE kpi_code = '{CARD_CODE}' AND area_level = 'city'
        AND period_start = (SELECT max(period_start) FROM marts.fct_kpi_value WHERE period_grain = 'month')
        AND period_grain = 'month'""",
    )
    assert value is not None, "the released city has no such figure: choose another card"
    return float(value)


def test_a_card_shows_the_value_of_the_mart(dashboard: Dashboard) -> None:
    dashboard.turn_to(TABS[0])
    assert dashboard.card() == f"{city_value(dashboard.served):.1%}"


def test_the_release_and_that_its_data_are_synthetic_stand_above_all_tabs(dashboard: Dashboard) -> None:
    ((release, as_of),) = asked(dashboard.served, "SELECT release_id, data_as_of FROM meta.publish_info")
    dashboard.turn_to(TABS[2])
    kind, shown, data_as_of, age, freshness, *_ = dashboard.row("本次发布 / This release", release)
    assert (kind, shown, data_as_of) == ("模拟数据 / SYNTHETIC DATA", release, f"{as_of:%Y-%m-%d %H:%M}")
    assert re.fullmatch(r"\d+ 天 \d+ 小时 / \d+ d \d+ h", age)
    assert "over 36 h" in freshness


def test_every_region_shows_the_count_of_the_mart(dashboard: Dashboard) -> None:
    counts = dict(
        asked(
            dashboard.served,
            """SELECT name_zh, numerator::BIGINT FROM marts.fct_kpi_value JOIN marts.dim_area USING (area_code)
            WHERE kpi_code = 'hotline.case_count' AND area_level = 'region' AND period_grain = 'month'
            AND period_start = (SELECT max(period_start) FROM marts.fct_kpi_value WHERE period_grain = 'month')""",
        )
    )
    dashboard.turn_to(TABS[1])
    table = "各区域 / Areas at the chosen level"
    assert len(counts) > 5
    assert {name: dashboard.row(table, name)[2] for name in counts} == {name: f"{n:,}" for name, n in counts.items()}


def test_no_chart_fails_and_nothing_is_asked_beyond_this_machine(dashboard: Dashboard) -> None:
    for tab in TABS:
        dashboard.turn_to(tab)
        assert dashboard.page.locator(".ant-alert-error, [data-test='error-alert']").count() == 0, tab
    charts = len(list((FILES / "assets" / "charts").glob("*.yaml")))
    data = [status for status, url in dashboard.answers if "/api/v1/chart/data" in url]
    assert len(data) >= charts
    assert [answer for answer in dashboard.answers if answer[0] >= 400] == []
    assert dashboard.beyond == []


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DELETE FROM marts.fct_kpi_value", "DML"),
        ("CREATE TABLE marts.mine AS SELECT 1 AS one", "DML"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
        ("COPY (SELECT 1) TO '/tmp/away.csv'", "disabled by configuration"),
        ("ATTACH '/tmp/other.duckdb' AS other", "disabled by configuration"),
        ("SET enable_external_access = true", "locked"),
    ],
)
def test_sql_lab_reads_that_one_file_and_does_nothing_else(dashboard: Dashboard, sql: str, word: str) -> None:
    allowed, refused = dashboard.ask("SELECT count(*) AS n FROM marts.fct_kpi_value"), dashboard.ask(sql)
    ((rows,),) = asked(dashboard.served, "SELECT count(*) FROM marts.fct_kpi_value")
    assert allowed.json()["data"] == [{"n": rows}]
    assert not refused.ok, refused.text()
    assert word in refused.text()


def test_a_new_release_is_seen_when_the_page_is_loaded_anew(dashboard: Dashboard) -> None:
    dashboard.turn_to(TABS[0])
    before, new = dashboard.card(), dashboard.served.with_name("new.duckdb")
    shutil.copyfile(dashboard.served, new)
    with duckdb.connect(new) as connection:
        connection.execute(f"UPDATE marts.fct_kpi_value SET value = 0.125 WHERE kpi_code = '{CARD_CODE}'")
        connection.execute("UPDATE meta.publish_info SET release_id = 'r20990101-0000000000'")
    os.replace(new, dashboard.served)
    dashboard.open()
    assert (before == "12.5%", dashboard.card()) == (False, "12.5%")
    assert dashboard.row("本次发布 / This release", "r20990101-0000000000")


@pytest.mark.parametrize("path", sorted(DATASETS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_columns_of_a_dataset_are_those_of_the_release(released_city: Settings, path: Path) -> None:
    dataset = yaml.safe_load(path.read_text("utf-8"))
    with duckdb.connect(released_city.serving / "governance.duckdb", read_only=True) as connection:
        columns = columns_of(dataset, connection)
    assert dataset["columns"] == columns, "run `python -m deploy.superset_columns HOME`"


def test_a_card_is_named_as_the_dictionary_names_its_kpi(released_city: Settings) -> None:
    charts = [yaml.safe_load(path.read_text("utf-8")) for path in (FILES / "assets" / "charts").glob("card_*.yaml")]
    served = released_city.serving / "governance.duckdb"
    names = {
        code: names for code, *names in asked(served, "SELECT kpi_code, name_zh, name_en FROM meta.kpi_dictionary")
    }
    shown = {
        chart["params"]["adhoc_filters"][0]["comparator"]: [chart["slice_name"], chart["params"]["subtitle"]]
        for chart in charts
    }
    assert shown
    assert shown == {code: names[code] for code in shown}


def dataset_of(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((DATASETS / f"{name}.yaml").read_text("utf-8")))


@pytest.mark.parametrize("name", ["kpi_month", "grid_kpi_month"])
def test_sensitive_kpis_are_not_on_the_dashboard(released_city: Settings, name: str) -> None:
    served = released_city.serving / "governance.duckdb"
    sensitive = {code for (code,) in asked(served, "SELECT kpi_code FROM meta.kpi_dictionary WHERE is_sensitive")}
    table = "fct_kpi_value WHERE period_grain = 'month'" if name == "kpi_month" else "fct_grid_kpi_month"
    months = {code for (code,) in asked(served, f"SELECT DISTINCT kpi_code FROM marts.{table}")}
    assert sensitive
    assert bool(sensitive & months) == (name == "kpi_month"), "the mart holds them, so leaving them out is no accident"
    shown = asked(served, f"SELECT DISTINCT kpi_code FROM ({dataset_of(name)['sql']})")
    assert {code for (code,) in shown} == months - sensitive


def test_of_too_few_cases_or_data_the_counts_stand_without_a_figure(released_city: Settings) -> None:
    served, dataset = released_city.serving / "governance.duckdb", dataset_of("kpi_month")
    key = "kpi_code, area_level, area_code, period_start"
    mart = {
        tuple(place): (status, value, numerator)
        for *place, status, value, numerator in asked(
            served,
            f"SELECT {key}, status, value::DOUBLE, numerator::DOUBLE FROM marts.fct_kpi_value "
            "WHERE period_grain = 'month'",
        )
    }
    assert any(status == "small_cell" and value is not None for status, value, _ in mart.values())
    figure = next(metric["expression"] for metric in dataset["metrics"] if metric["metric_name"] == "figure")
    rows = asked(
        served,
        f"SELECT {key}, any_value(value), any_value(value_text), any_value(target_met), any_value(numerator), "
        f"{figure} FROM ({dataset['sql']}) GROUP BY {key}",
    )
    assert rows
    for *place, value, text, met, numerator, shown in rows:
        status, published, counted = mart[tuple(place)]
        assert (value, shown, numerator) == (*[published if status in ("ok", "provisional") else None] * 2, counted)
        assert value is not None or (text, met) == ("–", "–")


def test_months_of_too_few_cases_make_no_figure_together(released_city: Settings) -> None:
    dataset = dataset_of("kpi_month")
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    ((figure, shown, months),) = asked(
        released_city.serving / "governance.duckdb",
        f"""SELECT {metrics["figure"]}, {metrics["figure_shown"]}, count(*) FROM (
            SELECT * REPLACE ('small_cell' AS status) FROM ({dataset["sql"]})
            WHERE kpi_code = '{CARD_CODE}' AND area_level = 'city' AND denominator > 0)""",
    )
    assert (figure, shown, months > 1) == (None, None, True)


def test_what_may_be_ranked_is_listed_first_by_value_and_the_rest_by_code(released_city: Settings) -> None:
    served = released_city.serving / "governance.duckdb"
    columns = "kpi_code, month, area_level, is_rankable, value, area_code"
    listed: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    query = f"SELECT {columns} FROM ({dataset_of('kpi_month')['sql']}) ORDER BY listed_no"
    for *group, is_rankable, value, code in asked(served, query):
        listed.setdefault(tuple(group), []).append((not is_rankable, -value if is_rankable else 0, code))
    assert {place[0] for rows in listed.values() for place in rows} == {True, False}
    assert all(rows == sorted(rows) for rows in listed.values())
    for chart in ("areas", "streets"):
        params = yaml.safe_load((FILES / "assets" / "charts" / f"{chart}.yaml").read_text("utf-8"))["params"]
        assert params["order_by_cols"] == ['["listed_no", true]']


def test_bars_stand_in_the_order_of_the_list(dashboard: Dashboard) -> None:
    with dashboard.page.expect_response(lambda answer: "/chart/data" in answer.url and _bars(answer)) as told:
        dashboard.open()
        dashboard.turn_to(TABS[1])
    data = told.value.json()["result"][0]["data"]
    assert [row["listed"] for row in data] == sorted((row["listed"] for row in data), reverse=True)
    assert len(data) > 5


def _bars(answer: Any) -> bool:
    return answer.request.post_data is not None and '"listed"' in answer.request.post_data


@pytest.mark.parametrize(("arguments", "code", "said"), [([], 2, "usage:"), (["HOME"], 3, "has no release yet")])
def test_whoever_takes_the_words_over_is_told_what_lacks(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    command = [sys.executable, "-m", "deploy.superset_columns", *(str(tmp_path / place) for place in arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_without_a_release_it_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.superset", "--home", tmp_path, "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3
    assert "has no release yet" in done.stderr
    assert "make demo" in done.stderr
