"""What there is to tell people: one function per event, both languages, names and counts only, never a message of ours.

The wording of an error may grow one day, and what a webhook has been sent cannot be taken back: so a notice names the
class of an error and where to look, and the log says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.errors import BuildFailed, DeliveriesRefused, GateBlocked
from reporting.period import Kind

KINDS: dict[Kind, tuple[str, str]] = {
    "daily": ("日报", "daily brief"),
    "weekly": ("周报", "weekly brief"),
    "monthly": ("月报", "monthly brief"),
    "quarterly": ("季报", "quarterly brief"),
    "season": ("采暖季总结", "heating season brief"),
}


@dataclass(frozen=True)
class Notice:
    """One event: a line of each language, and its facts once more for machines."""

    event: str
    zh: str
    en: str
    facts: dict[str, str | int] = field(default_factory=dict)


def gate_blocked() -> Notice:
    return Notice(
        "gate_blocked",
        "质量关口拦下了新的建仓，读者继续使用上一版本。不通过的检查及责任单位见质量页。",
        "The gate blocked a build; readers keep the last release. The quality page names the checks and their owners.",
    )


def build_failed() -> Notice:
    return Notice(
        "build_failed",
        "建仓失败，读者继续使用上一版本。原因见 logs/dbt/dbt.log。",
        "A build failed; readers keep the last release. See logs/dbt/dbt.log.",
    )


def deliveries_refused(place: str, count: int) -> Notice:
    return Notice(
        "deliveries_refused",
        f"{place}：{count} 件来文被退回，原件保存在 vault。请运行 citypulse status。",
        f"{place}: {count} deliveries refused; they are kept in the vault. Run citypulse status.",
        {"place": place, "count": count},
    )


def brief_issued(kind: Kind, period: str, release_id: str, data_as_of: str) -> Notice:
    zh, en = KINDS[kind]
    return Notice(
        "brief_issued",
        f"{zh} {period} 已发布。数据截至 {data_as_of}，发布 {release_id}。",
        f"The {en} of {period} is out. Data as of {data_as_of}, release {release_id}.",
        {"kind": kind, "period": period, "release_id": release_id, "data_as_of": data_as_of},
    )


def brief_waits(kind: Kind, period: str, release_id: str) -> Notice:
    zh, en = KINDS[kind]
    return Notice(
        "brief_waits_for_sign_off",
        f"{zh} {period}（发布 {release_id}）等待签发，请在 Airflow 中批准或拒绝。",
        f"The {en} of {period} (release {release_id}) waits for a sign-off: approve or reject it in Airflow.",
        {"kind": kind, "period": period, "release_id": release_id},
    )


def brief_stale(kind: Kind, period: str, data_as_of: str, zh_reason: str, en_reason: str) -> Notice:
    zh, en = KINDS[kind]
    as_of = (f"数据截至 {data_as_of}；", f"Data as of {data_as_of}; ") if data_as_of else ("", "")
    return Notice(
        "brief_stale",
        f"{zh} {period} 未发布。{as_of[0]}{zh_reason}",
        f"The {en} of {period} was not issued. {as_of[1]}{en_reason}",
        {"kind": kind, "period": period, "data_as_of": data_as_of},
    )


def brief_rejected(kind: Kind, period: str, release_id: str) -> Notice:
    zh, en = KINDS[kind]
    return Notice(
        "brief_rejected",
        f"{zh} {period}（发布 {release_id}）未获签发，没有发布。",
        f"The {en} of {period} (release {release_id}) was not approved; nothing is issued.",
        {"kind": kind, "period": period, "release_id": release_id},
    )


def brief_late(kind: Kind, minutes: int) -> Notice:
    zh, en = KINDS[kind]
    return Notice(
        "brief_late",
        f"{zh}过了规定时间 {minutes} 分钟仍未完成，请查看 Airflow 中的 brief_{kind}。",
        f"The {en} is not out {minutes} minutes after its time; look at brief_{kind} in Airflow.",
        {"kind": kind, "minutes": minutes},
    )


def run_failed(place: str, error: str) -> Notice:
    """A task that will not be tried again, or a run that ended without one; `error` names a class or a reason."""
    return Notice(
        "run_failed",
        f"{place} 失败且不再重试（{error}），请查看其日志。",
        f"{place} failed for good ({error}); read its log.",
        {"place": place, "error": error},
    )


def notice_of(error: BaseException | None, place: str) -> Notice:
    """How to tell of an error that ended a task or a command for good; `place` names it."""
    if isinstance(error, GateBlocked):
        return gate_blocked()
    if isinstance(error, BuildFailed):
        return build_failed()
    if isinstance(error, DeliveriesRefused):
        return deliveries_refused(place, error.count)
    return run_failed(place, type(error).__name__ if error else "no error told")
