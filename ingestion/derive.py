"""What follows from the contracts and is therefore never written by hand: the dbt sources.

`citypulse contracts sync` writes them, a drift test compares them; the raw expectation suites follow in
`expectations.derive`.
"""

from __future__ import annotations

from typing import Any

import yaml

from ingestion import receipts
from ingestion.contract import Column, Contract

HEADER = "# Derived from the contracts by `citypulse contracts sync`: change the contract, not this file.\n"

LINEAGE = {
    "business_date": "业务日期（本地） / local business date of the event time",
    "batch_id": "交付文件的 sha256 / sha256 of the delivered file",
    "batch_seq": "本数据源的交付次序 / order of the delivery within its feed",
    "row_no": "文件中的记录号 / record number in the file",
    "recorded_at": "入库时间 / moment of landing",
}
DELIVERY_DAY = {
    "feed": "数据源 / feed",
    "batch_id": "交付文件的 sha256 / sha256 of the delivered file",
    "business_date": "其中行的业务日期 / business date of some of its rows",
}
RECOMPUTE = {
    "feed": "数据源 / feed",
    "first_date": "要重算的首个业务日期 / first business date to compute anew",
    "last_date": "要重算的末个业务日期 / last business date to compute anew",
}
PROMISE = {
    "feed": "数据源 / feed",
    "name_zh": "名称（中文） / name in Chinese",
    "name_en": "名称（英文） / name in English",
    "domain": "领域 / domain",
    "schedule": "约定的到达时间 / when it is to come",
    "late_after_hours": "超过多少小时为迟到 / hours after which it is late",
}
RELEASED_MONTH = {
    "release_id": "上次发布编号 / id of that release",
    "kpi_code": "指标代码 / KPI code",
    "period_start": "月首 / first day of the month",
    "period_end": "月末 / last day of the month",
    "as_of": "上次发布的数据时点 / as-of of that release",
    "numerator": "分子 / numerator",
    "denominator": "分母 / denominator",
    "value": "数值 / value",
    "method_version": "口径版本 / version of the method",
}
RESTATEMENT = {
    "kpi_code": "指标代码 / KPI code",
    "period_start": "月首 / first day of the month",
    "method_version": "口径版本 / version of the method",
    "previous_release_id": "改动前的发布编号 / id of the release before the change",
    "previous_as_of": "改动前的数据时点 / as-of before the change",
    "as_of": "改动后的数据时点 / as-of after the change",
    "previous_numerator": "改动前的分子 / numerator before",
    "previous_denominator": "改动前的分母 / denominator before",
    "previous_value": "改动前的数值 / value before",
    "numerator": "改动后的分子 / numerator after",
    "denominator": "改动后的分母 / denominator after",
    "value": "改动后的数值 / value after",
}
QUARANTINE = {
    "feed": "数据源 / feed",
    "batch_id": "交付文件的 sha256 / sha256 of the delivered file",
    "row_no": "文件中的记录号 / record number in the file",
    "column_name": "违反规则的列 / column that breaks the rule",
    "rule": "规则代码 / rule code",
}


def sources(contracts: dict[str, Contract]) -> dict[str, Any]:
    """The dbt source file of all feeds, as the mapping that YAML holds."""
    feeds = [
        _table(
            contract.feed,
            f"{contract.name_zh} / {contract.name_en}",
            {column.name: _meaning(column) for column in contract.kept} | LINEAGE,
        )
        for contract in contracts.values()
    ]
    ledgers = [
        _table("delivery", receipts.MEANING, receipts.COLUMN_MEANINGS),
        _table("delivery_day", "每次交付的每个业务日期一行 / one row per delivery and business date", DELIVERY_DAY),
        _table("recompute", "要求重算的业务日期 / business days that somebody asked to have computed anew", RECOMPUTE),
        _table("promise", "每个数据源约定的到达时间 / when each feed promised to come", PROMISE),
        _table("released_month", "上次发布的全市月值 / the city's months of the release before", RELEASED_MONTH),
        _table("restatement", "上次发布已有的重述记录 / restatements the release before tells of", RESTATEMENT),
        _table("quarantine", "每个隔离行一行，不含任何值 / one row per row set aside, without values", QUARANTINE),
    ]
    description = "落地区：只增不改 / landing zone, append-only"
    landing = {"name": "landing", "schema": "landing", "description": description, "tables": [*feeds, *ledgers]}
    return {"version": 2, "sources": [landing]}


def sources_text(contracts: dict[str, Contract]) -> str:
    """The same as text of the file `dbt_project/models/staging/_sources.yml`."""
    return HEADER + yaml.safe_dump(sources(contracts), allow_unicode=True, sort_keys=False, width=110)


def _meaning(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.meaning_zh} / {column.meaning_en}{unit}"


def _table(name: str, description: str, columns: dict[str, str]) -> dict[str, Any]:
    listed = [{"name": column, "description": meaning} for column, meaning in columns.items()]
    return {"name": name, "description": description, "columns": listed}
