"""What Airflow shows of the briefs: the page of each DAG, and the question before a brief goes out."""

from __future__ import annotations

from typing import Any

from citypulse.notices import KINDS
from ingestion.settings import Settings
from reporting.issue import Draft, read_pointer
from reporting.period import Kind

SIGN_OFF_HOURS = 20  # the next morning's brief must not wait for the answer to this one
PAGE = """### {zh} · {en}

{when_zh}写出{span_zh}的中英文简报并发布。版本太旧、说不到这一期时跳过，
任务日志、`site/index.html` 和通知里说明原因。
设了 `CITYPULSE_SIGN_OFF=1` 时先成草稿，批准后才发布；{hours} 小时无人答复视为拒绝。

{when_en}: writes the bilingual brief of {span_en}, and issues it. Where the release is too old to tell of that period,
the run is skipped; the task's log, `site/index.html` and the webhook say why. With `CITYPULSE_SIGN_OFF=1` it stays
a draft until someone approves it; no answer in {hours} hours counts as a no.
"""
WHEN: dict[Kind, tuple[str, str, str, str]] = {
    "daily": ("每天 08:00 ", "本月至昨日", "Every day at 08:00", "the month up to yesterday"),
    "weekly": ("每周一 08:10 ", "上一周", "On Mondays at 08:10", "the week that has ended"),
    "monthly": ("每月 1 日 08:20 ", "上一月", "On the 1st at 08:20", "the month that has ended"),
    "quarterly": ("每季首日 08:30 ", "上一季度", "On the first day of a quarter, 08:30", "the quarter that has ended"),
    "season": ("采暖季结束次日 08:40 ", "这一采暖季", "On the day after a heating season, 08:40", "that season"),
}


def brief_page(kind: Kind) -> str:
    """The `doc_md` of the DAG of one kind."""
    zh, en = KINDS[kind]
    when_zh, span_zh, when_en, span_en = WHEN[kind]
    words = {"when_zh": when_zh, "span_zh": span_zh, "when_en": when_en, "span_en": span_en}
    return PAGE.format(zh=zh, en=en, hours=SIGN_OFF_HOURS, **words)


def as_told(settings: Settings, draft: Draft) -> dict[str, Any]:
    """What the tasks of a DAG hand on about a draft: how to find it, and the question that is asked about it."""
    zh, en = KINDS[draft.kind]
    as_of, stale = draft.data_as_of.replace("T", " "), read_pointer(settings).get("stale", {})
    lines = [
        f"发布 · release: `{draft.release_id}`",
        f"数据截至 · data as of: {as_of}",
        f"检查通过 · checks passed: {draft.checks_passed}/{draft.checks_total}",
        f"有热线数据的天数 · days with hotline data: {draft.days_covered}/{draft.days}",
        *(
            f"陈旧 · stale: {note['kind']} {note['period']} {note['reason_zh']} {note['reason_en']}"
            for note in stale.values()
        ),
        f"文件 · files: `briefs/{draft.release_id}/`",
    ]
    return {
        "release_id": draft.release_id,
        "period": draft.period,
        "subject": f"签发{zh} {draft.period}？ · Issue the {en} of {draft.period}?",
        "body": "\n".join(f"- {line}" for line in lines),
    }
