"""A contract as a bilingual page in Markdown: the description of a feed's DAG."""

from __future__ import annotations

from ingestion.contract import Column, Contract

PERSONAL = {
    "drop": "不入库 dropped at the door",
    "token": "令牌 keyed token",
    "fingerprint": "指纹 fingerprint",
    None: "",
}
CLASSES = {"general": "一般 general", "personal": "个人 personal", "sensitive": "敏感 sensitive"}
SHARING = {
    "unconditional": "无条件共享 unconditional",
    "conditional": "有条件共享 conditional",
    "not_shared": "不予共享 not shared",
}


def sharing_line(contract: Contract) -> str:
    """With whom the rows may be shared, on what basis, and whether the owner has said so."""
    sharing = contract.sharing
    state = "" if sharing.is_confirmed else "；待确认 · to be confirmed"
    return f"{SHARING[sharing.attribute]}；{sharing.basis_zh} · {sharing.basis_en}{state}"


def contract_page(contract: Contract) -> str:
    """Names, owner, arrival and the columns of a feed."""
    arrives = contract.arrives
    lines = [
        f"### {contract.name_zh} · {contract.name_en}",
        "",
        "收件箱里一有封好的文件，就全部入库；每十分钟再巡查一次。 · "
        "Lands every sealed file that waits in the inbox, as soon as it waits; sweeps every ten minutes.",
        "",
        f"- 责任单位 · owner: {contract.owner_zh} · {contract.owner_en}",
        f"- 来源系统 · source system: `{contract.source_system}`",
        f"- 到达 · arrives: `inbox/{contract.feed}/{arrives.pattern}`, {arrives.schedule}, "
        f"超过 {arrives.late_after_hours} 小时为迟到 · late after {arrives.late_after_hours} h",
        f"- 格式 · format: {contract.format.kind}, {contract.format.encoding}",
        f"- 主键 · key: {', '.join(f'`{name}`' for name in contract.key)}",
        f"- 业务时间 · event time: `{contract.event_time}`",
        f"- 共享属性 · sharing: {sharing_line(contract)}",
        "",
        "| 列 column | 类型 type | 必填 required | 个人信息 personal | 分级 class | 含义 meaning |",
        "|---|---|---|---|---|---|",
        *map(_row, contract.columns),
    ]
    return "\n".join(lines)


def _row(column: Column) -> str:
    kind = f"{column.type} ({column.unit})" if column.unit else column.type
    required = "是 yes" if column.required else ""
    meaning = f"{column.meaning_zh} · {column.meaning_en}".replace("|", "\\|")
    personal = f"{PERSONAL[column.personal]} | {CLASSES[column.data_class]}"
    return f"| `{column.name}` | {kind} | {required} | {personal} | {meaning} |"
