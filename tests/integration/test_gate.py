"""The gate passes what is fit, every check can fail, and no failing value is seen anywhere."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.derive import raw_suite, raw_suite_text
from expectations.gate import audit
from expectations.suite import SUITES, Suite, load_suite, load_suites
from ingestion.contract import load_contracts
from ingestion.errors import ContractError, GateBlocked, NothingToDo, WarehouseBusy
from ingestion.settings import Settings
from tests.integration.gate_warehouse import KPIS, make_gate_warehouse
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect, writer_lock
from warehouse.release import publish
from warehouse.serving import audited_counts

CANARY = "canary-王样例-" + "139" + "0000" + "7777"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def all_checks(settings: Settings) -> dict[str, str]:
    suites = load_suites(settings, load_contracts(settings))
    return {f"{suite.suite}.{check.id}": check.severity for suite in suites for check in suite.checks}


def read(settings: Settings, sql: str) -> list[tuple]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def breaking(settings: Settings) -> list[str]:
    """Statements that together turn every check of every feed red."""
    statements = []
    for feed, contract in load_contracts(settings).items():
        for column in contract.kept:
            if column.type == "enum":
                statements.append(f"UPDATE landing.{feed} SET {column.name} = '{CANARY}'")
            elif column.minimum is not None:
                statements.append(f"UPDATE landing.{feed} SET {column.name} = {column.minimum - 1}")
        required = [column.name for column in contract.kept if column.required]
        nulls = ", ".join(f"NULL AS {name}" for name in required)
        statements += [
            f"INSERT INTO landing.{feed} SELECT * REPLACE ({nulls}) FROM landing.{feed}",
            f"ALTER TABLE landing.{feed} ADD COLUMN stranger VARCHAR",
            f"UPDATE landing.delivery SET quarantined = 800, landed = 190 WHERE feed = '{feed}'",
            f"INSERT INTO landing.delivery SELECT * REPLACE (2 AS batch_seq, 'refused' AS status, 'header' AS rule, "
            f"recorded_at + INTERVAL 1 DAY AS recorded_at) FROM landing.delivery WHERE feed = '{feed}'",
        ]
    rules = [name.removeprefix("flag.") for name in all_checks(settings) if name.startswith("flag.")]
    return [
        *statements,
        f"INSERT INTO marts.fct_flag SELECT unnest({rules}), '{CANARY}'",
        "UPDATE marts.fct_published_figure SET is_measured_otherwise = TRUE",
        "INSERT INTO landing.delivery SELECT * REPLACE ('other' AS feed, DATE '2038-02-09' AS last_business_date) "
        "FROM landing.delivery WHERE feed = 'grid_event' AND status = 'landed'",
        "UPDATE marts.dim_area SET area_code = '21020', name_en = name_zh, level = 'district' WHERE level = 'city'",
        "UPDATE marts.dim_area SET name_zh = ' ' WHERE level = 'street'",
        "UPDATE meta.kpi_dictionary SET target = 95, min_cell_rank = 5, method_version = NULL",
        "INSERT INTO meta.kpi_dictionary SELECT * REPLACE ('sample.never' AS kpi_code) FROM meta.kpi_dictionary "
        "LIMIT 1",
        # the newest two months are lost, a rate exceeds its whole, a region vanishes, another falls, data is of grade C
        "DELETE FROM marts.fct_kpi_value WHERE period_start > DATE '2025-11-01'",
        "DELETE FROM marts.fct_kpi_value WHERE kpi_code = 'hotline.on_time_rate'",
        "DELETE FROM marts.fct_kpi_value WHERE area_code = '2102Z1' AND period_start = DATE '2025-11-01'",
        "UPDATE marts.fct_kpi_value SET as_of = TIMESTAMP '2025-12-05 06:00:00', quality_grade = 'C'",
        "UPDATE marts.fct_kpi_value SET numerator = 450, value = 0.45 WHERE kpi_code = 'hotline.closure_rate' "
        "AND area_level = 'city' AND period_start = DATE '2025-11-01'",
        "UPDATE marts.fct_kpi_value SET numerator = 500 WHERE period_start = DATE '2025-09-01'",
        "UPDATE marts.fct_kpi_value SET numerator = denominator * 2, value = 2 "
        "WHERE kpi_code = 'heating.room_compliance_rate'",
    ]


class Sentences(HTMLParser):
    """Everything a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        beside = [
            ("a", [("href", name)]) for name in ("runs.html", "index.html")
        ]  # other pages of the site, on a click
        asking = [] if (tag, attrs) in beside else [key for key, _ in attrs]
        self.asked += [f"{tag} {key}" for key in asking if key in ("src", "href", "srcset", "action")]
        self.asked += [tag] if tag in ("script", "link", "img", "iframe", "object") else []


def test_a_sound_build_passes_and_can_be_published(settings: Settings) -> None:
    make_gate_warehouse(settings)
    report = audit(settings)
    assert (report.failed_critical, report.failed_warning) == ([], [])
    assert report.passed == report.total == len(all_checks(settings)) == len(read(settings, "FROM dq.check_result"))
    assert audited_counts(settings) == (report.passed, report.total)
    released = publish(settings, checks_passed=report.passed, checks_total=report.total)
    assert released.release_id == report.run_id

    page = report.page.read_text(encoding="utf-8")
    sentences = Sentences()
    sentences.feed(page)
    assert sentences.asked == []
    assert not re.search(r"url\(|@import|https?:", page)
    assert "default-src 'none'" in page
    for words in ("可以发布", "Fit to publish", "模拟数据", "不是有效时间", "市12345热线工单", "990", *KPIS):
        assert words in page or words in KPIS


def test_every_check_can_fail_and_no_value_is_seen(
    settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    make_gate_warehouse(settings)
    good = audit(settings)
    publish(settings, checks_passed=good.passed, checks_total=good.total)
    first = read(settings, "SELECT * FROM dq.check_result ORDER BY ALL")
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute("UPDATE meta.build_info SET input_digest = 'another'")
        for statement in breaking(settings):
            connection.execute(statement)

    with caplog.at_level(logging.DEBUG), pytest.raises(GateBlocked) as caught:
        audit(settings)

    checks = all_checks(settings)
    passed = {name for (name,) in read(settings, "SELECT suite || '.' || check_id FROM dq.check_result "
                                       f"WHERE success AND run_id <> '{good.run_id}'")}  # fmt: skip
    only_alone = {"kpi_value.has_rows", *(name for name in checks if name.endswith(".has_rows"))}
    assert passed == only_alone
    critical = [name for name, severity in checks.items() if severity == "critical" and name not in only_alone]
    assert all(name in caught.value.message for name in critical)

    kept = read(settings, f"SELECT * FROM dq.check_result WHERE run_id = '{good.run_id}' ORDER BY ALL")
    assert kept == first
    page = (settings.site / "quality.html").read_text(encoding="utf-8")
    assert "不可发布" in page
    assert "stranger" in page
    seen = [page, caplog.text, *capfd.readouterr(), str(caught.value), str(read(settings, "FROM dq.check_result"))]
    assert not [place for place in seen if CANARY in place or CANARY[-11:] in place]
    with pytest.raises(GateBlocked, match="critical"):
        publish(settings, checks_passed=1, checks_total=2)


def test_empty_missing_and_unreadable_tables_fail_their_checks(
    settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    make_gate_warehouse(
        settings,
        "DELETE FROM marts.fct_kpi_value",
        *(f"DELETE FROM landing.{feed}" for feed in load_contracts(settings)),
        "DROP TABLE marts.dim_area",
        "ALTER TABLE meta.kpi_dictionary ALTER min_cell_show TYPE VARCHAR",
        f"UPDATE meta.kpi_dictionary SET min_cell_show = '{CANARY}'",
        "CREATE TABLE meta.text AS FROM meta.kpi_dictionary; DROP TABLE meta.kpi_dictionary",
        "CREATE VIEW meta.kpi_dictionary AS SELECT * REPLACE (min_cell_show::INTEGER AS min_cell_show) FROM meta.text",
        f"COPY marts.fct_published_figure TO '{settings.home}/gone.parquet'; DROP TABLE marts.fct_published_figure",
        f"CREATE VIEW marts.fct_published_figure AS FROM read_parquet('{settings.home}/gone.parquet')",
    )
    (settings.home / "gone.parquet").unlink()
    with caplog.at_level(logging.DEBUG), pytest.raises(GateBlocked):
        audit(settings)
    found = dict(read(settings, "SELECT suite || '.' || check_id, observed FROM dq.check_result WHERE NOT success"))
    assert {name for name in all_checks(settings) if name.endswith(".has_rows")} <= set(found)
    assert "table is missing" in found["dim_area.there_is_one_city"]
    assert "could not run" in found["kpi_dictionary.ranking_asks_more_than_showing"]
    assert "could not run" in found["published_figure.own_data_give_the_published_figure"]
    page = (settings.site / "quality.html").read_text(encoding="utf-8")
    assert not [place for place in (page, caplog.text, *capfd.readouterr(), str(found)) if CANARY in place]


def test_the_same_build_audited_again_replaces_its_results(settings: Settings) -> None:
    make_gate_warehouse(settings)
    total = audit(settings).total
    assert audit(settings).total == total
    assert read(settings, "SELECT count(*) FROM dq.check_result") == [(total,)]


def test_a_repeat_of_a_bad_delivery_heals_it_but_the_next_days_delivery_does_not(settings: Settings) -> None:
    bad = "UPDATE landing.delivery SET quarantined = 400, landed = 600, duplicates = 0 WHERE feed = 'grid_event'"
    later = (
        "INSERT INTO landing.delivery SELECT * REPLACE (2 AS batch_seq, {} AS landed, {} AS duplicates, "
        "0 AS quarantined) FROM landing.delivery WHERE feed = 'grid_event'"
    )
    check = "raw_grid_event.quarantined_share_is_tolerable"
    make_gate_warehouse(settings, bad, later.format(1000, 0))
    with pytest.raises(GateBlocked, match=check):
        audit(settings)
    make_gate_warehouse(settings, bad, later.format(400, 600))
    assert audit(settings).failed_critical == []


def test_the_gate_waits_for_no_one(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NothingToDo):
        audit(settings)
    make_gate_warehouse(settings)
    import threading

    refused: list[WarehouseBusy] = []

    def other() -> None:
        try:
            audit(settings)
        except WarehouseBusy as error:
            refused.append(error)

    with writer_lock(settings):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused


def test_the_page_escapes_what_it_is_given(settings: Settings) -> None:
    make_gate_warehouse(settings, "UPDATE landing.delivery SET rule = '<script>alert(1)</script>'")
    page = audit(settings).page.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_slip_in_a_suite_is_named(tmp_path: Path) -> None:
    text = (SUITES / "dim_area.yml").read_text(encoding="utf-8")
    for slip, said in (
        (text.replace("severity: critical", "severity: fatal", 1), "checks.0.severity"),
        (text.replace("id: code_fits_level", "id: there_is_one_city"), "there_is_one_city stands twice"),
        (text.replace("{batch}", "marts.dim_area", 1), "must read from"),
        (text.replace("unexpected_rows_expectation", "expect_column_distinct_values_to_be_in_set"), "expectation"),
        (text.replace("owner_zh", "owner"), "owner"),
        ("suite: [", "not readable"),
    ):
        path = tmp_path / "dim_area.yml"
        path.write_text(slip, encoding="utf-8")
        with pytest.raises(ContractError, match=said):
            load_suite(path)


def test_a_derived_suite_reads_back_as_itself(settings: Settings, tmp_path: Path) -> None:
    for contract in load_contracts(settings).values():
        path = tmp_path / f"raw_{contract.feed}.yml"
        path.write_text(raw_suite_text(contract), encoding="utf-8")
        assert load_suite(path) == Suite.model_validate(raw_suite(contract))
