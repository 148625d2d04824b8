"""Derive suites nobody writes by hand: of a feed's raw rows from its contract, of flagged input from its rules.

Did the sender keep what was promised? And which rows were kept, but must be looked at?
"""

from __future__ import annotations

import math
from typing import Any

import yaml

from ingestion.contract import LANDING_COLUMNS, Column, Contract

HEADER = "# Derived from the contract by `citypulse contracts sync`: change the contract, not this file.\n"

FLAG_HEADER = "# Derived from seeds/flag_rule.csv by `citypulse contracts sync`: change the rules, not this file.\n"

RAW_PREFIX = "raw_"
DELIVERIES = "landing.delivery"
FEW_ROWS = 5  # two bad readings among a hundred are chance, not a broken promise


def raw_suite(contract: Contract) -> dict[str, Any]:
    """The suite as its YAML file holds it."""
    table = f"landing.{contract.feed}"
    checks = [_columns(contract), _rows(contract)]
    for column in contract.kept:
        checks += _column_checks(column)
    checks += [_quarantined(contract), _refused(contract), _fresh(contract)]
    return {
        "suite": f"{RAW_PREFIX}{contract.feed}",
        "table": table,
        "name_zh": contract.name_zh,
        "name_en": contract.name_en,
        "owner_zh": contract.owner_zh,
        "owner_en": contract.owner_en,
        "checks": checks,
    }


def raw_suite_text(contract: Contract) -> str:
    """The text of its file, with SQL in readable blocks."""
    return HEADER + yaml.dump(
        raw_suite(contract), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=False
    )


def flag_suite_text(rules: list[dict[str, str]]) -> str:
    """The suite of `marts.fct_flag`: one warning per rule (rows of flag_rule.csv); none of them holds figures up."""
    checks = [
        _check(
            rule["rule_code"],
            "unexpected_rows_expectation",
            {"unexpected_rows_query": f"SELECT subject_code FROM {{batch}} WHERE rule_code = '{rule['rule_code']}'"},
            f"没有“{rule['name_zh']}”的数据；如有：{rule['next_step_zh']}",
            f"No row is flagged: {_inside(rule['name_en'])}; otherwise {rule['next_step_en']}",
            severity="warning",
        )
        for rule in rules
    ]
    suite = {
        "suite": "flag",
        "table": "marts.fct_flag",
        "name_zh": "问题数据标记",
        "name_en": "Flagged input",
        "owner_zh": "市城市运行管理中心",
        "owner_en": "City operations centre",
        "checks": checks,
    }
    return FLAG_HEADER + yaml.dump(
        suite, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=False
    )


def _inside(name: str) -> str:
    """A name inside a sentence starts small."""
    return name[:1].lower() + name[1:]


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)


def _columns(contract: Contract) -> dict[str, Any]:
    names = sorted([*(column.name for column in contract.kept), *LANDING_COLUMNS])
    return _check(
        "columns",
        "expect_table_columns_to_match_set",
        {"column_set": names, "exact_match": True},
        "列与接入合同一致，不多不少",
        "The columns are those of the contract, no more and no fewer",
    )


def _rows(contract: Contract) -> dict[str, Any]:
    return _check(
        "has_rows",
        "expect_table_row_count_to_be_between",
        {"min_value": 1},
        "至少收到过一行数据",
        "At least one row has arrived",
        severity="warning",  # a feed that is not connected yet must not hold up the others
    )


def _column_checks(column: Column) -> list[dict[str, Any]]:
    name, zh, en = column.name, column.meaning_zh, column.meaning_en
    checks = []
    if column.required:
        checks.append(
            _check(
                f"{name}_is_given",
                "expect_column_values_to_not_be_null",
                {"column": name},
                f"每行都有“{zh}”",
                f"Every row has a value for “{en}”",
            )
        )
    if column.type == "enum" and column.values:
        words = sorted({str(value) for value in column.values.values()})
        checks.append(
            _check(
                f"{name}_is_known",
                "expect_column_values_to_be_in_set",
                {"column": name, "value_set": words},
                f"“{zh}”只取合同列出的 {len(words)} 个值",
                f"“{en}” is one of the {len(words)} values in the contract",
            )
        )
    if column.minimum is not None or column.maximum is not None:
        low, high = column.minimum, column.maximum
        limits = {"min_value": low, "max_value": high}
        checks.append(
            _check(
                f"{name}_is_in_range",
                "expect_column_values_to_be_between",
                {"column": name, **{key: value for key, value in limits.items() if value is not None}},
                f"“{zh}”{_range(low, high, '不小于', '不大于', '，')}",
                f"“{en}” is {_range(low, high, 'at least ', 'at most ', ' and ')}",
            )
        )
    return checks


def _range(low: float | None, high: float | None, least: str, most: str, joint: str) -> str:
    parts = [(least, low), (most, high)]
    return joint.join(f"{word}{value:g}" for word, value in parts if value is not None)


def _quarantined(contract: Contract) -> dict[str, Any]:
    share = contract.tolerate.quarantined_share
    # A repeat is as large as the bad delivery and brings again what had landed of it, now known as duplicates.
    query = f"""\
WITH delivery AS (
    SELECT *, quarantined > {share} * received AND quarantined > least({FEW_ROWS}, received / 2) AS is_over
    FROM {{batch}} WHERE feed = '{contract.feed}' AND status = 'landed'
)
SELECT bad.batch_seq FROM delivery AS bad
WHERE bad.is_over AND NOT EXISTS (
    SELECT 1 FROM delivery AS later
    WHERE NOT later.is_over AND later.batch_seq > bad.batch_seq
        AND later.landed + later.duplicates >= (1 - {share}) * bad.received
        AND later.duplicates >= 0.9 * bad.landed
)
"""
    return _check(
        "quarantined_share_is_tolerable",
        "unexpected_rows_expectation",
        {"unexpected_rows_query": query},
        f"每批次被隔离的行不超过 {share * 100:g}%（小批次不超过 {FEW_ROWS} 行且不过半），超过的批次已重发合格",
        f"No delivery has more than {share * 100:g}% of its rows set aside "
        f"(a small one: more than {FEW_ROWS} rows or half), unless a sound repeat of it came later",
        table=DELIVERIES,
    )


def _refused(contract: Contract) -> dict[str, Any]:
    query = f"""\
WITH delivery AS (SELECT status, recorded_at FROM {{batch}} WHERE feed = '{contract.feed}')
SELECT recorded_at FROM delivery
WHERE status = 'refused'
    AND recorded_at > (SELECT coalesce(max(recorded_at), TIMESTAMP '1900-01-01') FROM delivery WHERE status = 'landed')
"""
    return _check(
        "refused_delivery_was_replaced",
        "unexpected_rows_expectation",
        {"unexpected_rows_query": query},
        "被整批拒收的文件，其后已有合格批次到达",
        "After a delivery that was refused as a whole, a sound one has arrived",
        severity="warning",
        table=DELIVERIES,
    )


def _fresh(contract: Contract) -> dict[str, Any]:
    days = math.ceil(contract.arrives.late_after_hours / 24)
    query = f"""\
WITH newest AS (
    SELECT feed, max(last_business_date) AS day FROM {{batch}} WHERE status = 'landed' GROUP BY feed
)
SELECT feed FROM newest
WHERE feed = '{contract.feed}' AND day + {days} < (SELECT max(day) FROM newest)
"""
    return _check(
        "is_as_fresh_as_the_others",
        "unexpected_rows_expectation",
        {"unexpected_rows_query": query},
        f"最新业务日期与其他来源相比，落后不超过 {days} 天",
        f"Its newest business date is at most {days} days behind the other feeds",
        severity="warning",  # a season can end; judged among deliveries, never by the clock of this machine
        table=DELIVERIES,
    )


def _check(
    name: str,
    expectation: str,
    kwargs: dict[str, Any],
    zh: str,
    en: str,
    *,
    severity: str = "critical",
    table: str | None = None,
) -> dict[str, Any]:
    own_table = {"table": table} if table else {}
    return {
        "id": name,
        "expectation": expectation,
        **own_table,
        "kwargs": kwargs,
        "severity": severity,
        "meaning_zh": zh,
        "meaning_en": en,
    }
