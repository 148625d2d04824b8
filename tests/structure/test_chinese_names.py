"""The Chinese names of the public tables and columns, as their comments give them: what the schema `zh` shows.

A name is the Chinese half of a description up to its first mark of punctuation: reword the beginning to change it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from expectations import results
from ingestion import receipts
from tests.structure.repo import is_bilingual, public_models
from warehouse import release_tables, runs
from warehouse.release_zh import chinese_name

LONGEST = 14
NAME = re.compile(
    r"[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9]*"
)  # stands in SQL without quotes, and in a formula of Excel
# Columns whose meaning differs from table to table, and what each is called there.
OF_MANY_MEANINGS = {
    "case_count": {"工单数", "受理件数"},  # cases of the hotline; of the three-list services
    "level": {"层级", "隐患等级"},  # of an area or a category; of a hazard
    "measure": {"指标", "怎样测得"},  # of a bulletin; of the ledger of figures
    "point_count": {"测点数", "有事项的说事点数"},  # rooms with a sensor; deliberation points
    "reason": {"不可比原因", "事由"},  # why nothing is compared; what points were given for
    "worker_count": {"社区工作者数", "在岗网格员"},  # of communities; of grids
}


def _comments() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every public table with its comment and those of its columns."""
    for path, model in public_models():
        yield path.stem, model["description"], {c["name"]: c.get("description", "") for c in model["columns"]}
    yield "delivery", receipts.MEANING, receipts.COLUMN_MEANINGS
    yield "publish_info", *release_tables.PUBLISH_INFO
    yield "run_log", runs.MEANING, {name: said for name, (_, said) in runs.COLUMNS.items()}
    yield "check_result", results.MEANING, {name: said for name, (_, said) in results.COLUMNS.items()}


@cache
def public_tables() -> dict[str, tuple[str, dict[str, str]]]:
    return {table: (meaning, columns) for table, meaning, columns in _comments()}


def test_the_public_tables_are_found() -> None:
    assert {"fct_kpi_value", "dim_kpi", "fct_kpi_restated_month", "dim_area", "run_log"} < set(public_tables())


@pytest.mark.parametrize("table", public_tables())
def test_a_description_begins_with_a_short_chinese_name(table: str) -> None:
    meaning, columns = public_tables()[table]
    assert not [name for name, said in {table: meaning, **columns}.items() if not is_bilingual(said)]
    names = {name: chinese_name(said, "") for name, said in {table: meaning, **columns}.items()}
    wrong = {name: zh for name, zh in names.items() if len(zh) > LONGEST or not NAME.fullmatch(zh)}
    assert not wrong, f"begin with a name of {LONGEST} characters at most, then ： or （"


@pytest.mark.parametrize("table", public_tables())
def test_two_columns_of_a_table_bear_two_names(table: str) -> None:
    _, columns = public_tables()[table]
    borne = Counter(chinese_name(said, "") for said in columns.values())
    assert [name for name, times in borne.items() if times > 1] == []


def test_two_tables_bear_two_names() -> None:
    borne = Counter(chinese_name(meaning, "") for meaning, _ in public_tables().values())
    assert [name for name, times in borne.items() if times > 1] == []


def test_a_column_is_called_the_same_in_every_table() -> None:
    called: dict[str, set[str]] = defaultdict(set)
    for _, columns in public_tables().values():
        for column, said in columns.items():
            called[column].add(chinese_name(said, ""))
    several = {column: names for column, names in called.items() if len(names) > 1}
    assert several == OF_MANY_MEANINGS, "reword it, or list the meanings of a column that has several"


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("区域层级：city、district / area level", "区域层级"),
        ("数据源（契约名） / feed", "数据源"),
        ("截至 2026 / until", "截至"),
        ("指标代码 / KPI code", "指标代码"),
        (None, "kpi_code"),
    ],
)
def test_the_name_ends_at_the_first_mark(comment: str | None, name: str) -> None:
    assert chinese_name(comment, "kpi_code") == name
