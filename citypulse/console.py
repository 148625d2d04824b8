"""What a person or a machine sees of a command: rich tables on a terminal, plain lines elsewhere, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console as Terminal
from rich.markup import escape
from rich.table import Table

from ingestion.errors import CitypulseError, IntegrityError
from ingestion.settings import Settings

if TYPE_CHECKING:
    from citypulse.backfill import RecomputeReport
    from citypulse.case_rows import Answer, Question
    from citypulse.doctor import Finding
    from citypulse.drill import DrillReport
    from citypulse.figures import FigureReport
    from citypulse.house.keep_house import HouseReport
    from citypulse.house.releases import ReleaseRow
    from citypulse.pipeline import RunReport
    from citypulse.privacy.keys import VersionReport
    from citypulse.replay import ReplayReport
    from ingestion.collectors.run import Collected
    from ingestion.land import LandReport
    from ingestion.receipts import Receipt

WIDE = 140  # columns where no terminal says
STEPS = {
    "simulate": "simulating deliveries / 生成模拟数据",
    "airflow": "starting Airflow / 启动 Airflow",
    "deliver": "delivering files / 投递文件",
    "land": "landing / 入库",
    "build": "building KPIs / 计算指标",
    "gate": "checking / 质量把关",
    "compare": "comparing / 逐格比对",
    "restore": "restoring the backup / 恢复备份",
    "release": "publishing / 发布",
    "snapshot": "writing the brief / 生成简报",
    "pack": "writing the KPI workbook / 生成指标数据包",
    "site": "writing the site / 生成站点",
    "push": "pushing into PostgreSQL / 推送到 PostgreSQL",
    **{
        "house.landing": "merging landing files / 合并入库文件",
        "house.releases": "old releases / 清理旧版本",
        "house.logs": "old logs / 清理旧日志",
        "house.airflow": "old Airflow rows / 清理 Airflow 旧记录",
        "house.scan": "reading everything back / 完整性检查",
        "house.backup": "backing up / 备份",
    },
}
WHY_KEPT = {
    "in_service": "served",
    "newest": "among the newest",
    "readers": "readers",
    "month_end": "end of its month",
    "named": "retention",
}


class Console:
    """One command's output. With `--json`, exactly one object goes to standard output."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.terminal = Terminal(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
        self.notes = Terminal(stderr=True, highlight=False)

    def say(self, data: Any, text: str) -> None:
        """The result of a command, for a machine or for a person."""
        if self.as_json:
            print(
                json.dumps(
                    asdict(data) if is_dataclass(data) and not isinstance(data, type) else data,
                    default=str,
                    ensure_ascii=False,
                )
            )
        else:
            self.terminal.print(text, markup=False)

    @contextmanager
    def steps(self) -> Iterator[Callable[[str], None]]:
        """Show which step is at work: a spinner on a terminal, a line each elsewhere."""
        if not sys.stderr.isatty():
            yield lambda step: self.notes.print(STEPS.get(step, step), markup=False)
            return
        with self.notes.status("") as spinner:
            yield lambda step: spinner.update(STEPS.get(step, step))

    @contextmanager
    def counted(self, what: str) -> Iterator[Callable[[str, int, int], None]]:
        """Show work of known length as it goes: a spinner with a count on a terminal, one line elsewhere."""
        with self.steps() as step:
            step(what)
            is_terminal = sys.stderr.isatty()
            yield (
                lambda name, done, total: (
                    step(f"{STEPS.get(what, what)} {done}/{total} {name}") if is_terminal else None
                )
            )

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[Receipt], None]]:
        """Show landing as it goes, delivery by delivery."""
        with self.notes.status(what) as spinner:
            yield lambda r: spinner.update(f"{what}: {r.feed} {r.batch_seq} ({r.landed} rows)")

    def collected(self, done: Collected) -> None:
        names = ["feed", "rows", "passes", "settled", "whole", "segment"]
        rows = [[getattr(pulled, name) for name in names] for pulled in done.pulled]
        failures = [str(failure) for failure in done.failures]
        data = {"pulled": [asdict(p) for p in done.pulled], "nothing_new": done.nothing_new, "failures": failures}
        if self.as_json or rows:
            self._table("Collected / 采集", names, rows, data)
        if not self.as_json:
            for failure in failures:
                self.notes.print(failure, markup=False)

    def keys(self, versions: list[VersionReport]) -> None:
        names = ["version", "current", "digest", "made_at", "rows"]
        rows = [
            [v.version, "●" if v.is_current else "", v.digest, v.made_at or "?", f"{sum(v.rows.values())}"]
            for v in versions
        ]
        self._table("Key versions / 密钥版本", names, rows, {"versions": [asdict(v) for v in versions]})

    def releases(self, rows: list[ReleaseRow]) -> None:
        names = ["release", "published", "data as of", "MB", "served", "readers until", "kept because"]
        table = [
            [
                r.release_id,
                r.published_at[:16],
                r.data_as_of[:16],
                f"{r.size / 1e6:.1f}",
                "●" if r.in_service else "",
                r.readers_until[:16],
                ", ".join(WHY_KEPT[reason] for reason in r.kept_because) or "nothing: it goes tonight",
            ]
            for r in rows
        ]
        self._table("Releases / 发布", names, table, {"releases": [asdict(r) for r in rows]})

    def landed(self, reports: list[LandReport]) -> None:
        rows = [
            [r.feed, r.deliveries, *(sum(getattr(x, n) for x in r.receipts) for n in COUNTS), len(r.refused)]
            for r in reports
        ]
        names = ["feed", "deliveries", *COUNTS, "refused"]
        self._table("Landed / 入库", names, rows, {"feeds": [dict(zip(names, row, strict=True)) for row in rows]})

    def status(self, found: dict[str, Any]) -> None:
        names = ["feed", "pending", "deliveries", *COUNTS, "refused", "latest"]
        rows = [[feed, *(counts[name] for name in names[1:])] for feed, counts in found["feeds"].items()]
        self._table("Feeds / 数据源", names, rows, found)
        if not self.as_json:
            release = found["release"]
            text = (
                "nothing published yet"
                if not release
                else (
                    f"release {release['id']} as of {release['data_as_of']}, published {release['published_at']}, "
                    f"{release['checks_passed']} of {release['checks_total']} checks passed"
                )
            )
            self.terminal.print(text, markup=False)
            if audit := found["audit"]:
                self.terminal.print(f"audit log: {audit['lines']} looks, head {audit['head']}", markup=False)
            for line in found["refusals"]:
                self.terminal.print(f"refused: {line}", markup=False)
            self._runs(found["runs"])
            for run in found["running"]:
                self.terminal.print(
                    " ".join(filter(None, ["at work:", run["step"], run["feed"], "since", run["started_at"]])),
                    markup=False,
                )

    def _runs(self, runs: list[dict[str, Any]]) -> None:
        rows = [
            [
                run["started_at"],
                f"{run['step']} {run['feed']}",
                run["error"] or run["outcome"],
                run["seconds"],
                told(run),
            ]
            for run in runs
        ]
        if rows:
            self._table("Last runs / 最近运行", ["began", "step", "outcome", "seconds", "counts"], rows, {})

    def trace(self, found: dict[str, Any]) -> None:
        lines = [f"{stage:<12} {line}" for stage, stage_lines in found["thread"].items() for line in stage_lines]
        self.say(found, "\n".join([found["title"], *lines]))

    def cases(self, answer: Answer, question: Question) -> None:
        """Rows of single cases to standard output, or where they were written; what they add up to as a note."""
        if question.output is None:
            sys.stdout.write(answer.text(question.form))
        told = f"{len(answer.rows)} rows" + (f" in {question.output}" if question.output else "")
        if answer.numerator is not None:
            told += f"; they add up to {answer.numerator:f} / {answer.denominator}"
        self.notes.print(f"{told}. Logged: `citypulse audit`.", markup=False)

    def original(self, cells: dict[str, str]) -> None:
        """One row of the vault: to the screen, as text."""
        for name, value in cells.items():
            self.terminal.print(f"{name}: {value}", markup=False)

    def looks(self, entries: list[dict[str, Any]]) -> None:
        """The audit log, newest first: who, what, how much and why."""
        names = ["seq", "at", "who", "command", "subject", "filter", "rows", "outcome", "output", "approval", "reason"]
        rows = [[entry.get(name, "") for name in names] for entry in entries]
        self._table("Who looked / 谁看过", names, rows, {"looks": entries})

    def figures(self, report: FigureReport) -> None:
        """The whole ledger, then how many figures of each class have which verdict."""
        counts = [[kind, verdict, n] for kind, found in report.tally.items() for verdict, n in found.items()]
        if self.as_json:
            entries = [asdict(entry) for entry in report.entries]
            failed = [entry.figure_id for entry in report.failed]
            place = {"page": report.page, "seconds": report.seconds, "failed": failed}
            self.say({"counts": report.tally, **place, "figures": entries}, "")
            return
        table = Table(title="Published figures / 公布数字台账", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for name in ("figure", "class", "verdict", "published", "name", "working"):
            table.add_column(name, no_wrap=name in ("figure", "class", "verdict"), overflow="fold")
        for entry in report.entries:
            cells = (entry.value_written, f"{entry.name_zh} {entry.name_en}", entry.working_zh)
            table.add_row(entry.figure_id, entry.figure_class, entry.verdict, *map(escape, cells))
        self.terminal.print(table)
        self._table("By class and verdict / 按类别与结论", ["class", "verdict", "figures"], counts, {})
        self.terminal.print(f"{len(report.entries)} figures in {report.seconds} s; page: {report.page}", markup=False)

    def replay(self, report: ReplayReport) -> None:
        """Tables that differ, by count and by column; of published figures, nothing but counts either."""
        if self.as_json:
            self.say(report.data(), "")
            return
        self._differences(report)
        self.say({}, report.line())

    def drill(self, report: DrillReport) -> None:
        """What was restored and how long it took, and the tables that do not come out of it."""
        if not self.as_json:
            self._differences(report.replayed)
        self.say(report.data(), report.text())

    def _differences(self, report: ReplayReport) -> None:
        names = ["table", "published", "replayed", "only published", "only replayed", "changed", "columns"]
        rows = [
            [
                *(t.table, t.published_rows, t.replayed_rows, t.only_published, t.only_replayed, t.changed),
                ", ".join([*(f"{c} ({n})" for c, n in t.columns.items()), *t.strange_columns]),
            ]
            for t in report.differing
        ]
        if rows:
            self._table("Differences / 差异", names, rows, {})

    def recompute(self, report: RecomputeReport) -> None:
        """What was asked for, and who does it."""
        self.say(report.data(), report.line())
        if not self.as_json:
            for failure in report.failures:
                self.notes.print(failure, markup=False)

    def findings(self, found: list[Finding]) -> None:
        lines = [
            f"{'ok  ' if f.is_fine else 'FIX '} {f.subject}: {f.text}"
            + ("" if f.is_fine else f" Next step: {f.next_step}")
            for f in found
        ]
        self.say({"findings": [asdict(f) for f in found]}, "\n".join(lines))
        bad = [f.subject for f in found if not f.is_fine]
        if bad:
            raise IntegrityError(f"{len(bad)} findings: {', '.join(bad)}.", next_step="do what stands beside each.")

    def house(self, report: HouseReport) -> None:
        lines = [f"{step.name:<9} {step.outcome:<7} {step.seconds:>6.1f} s  {step.text}" for step in report.steps]
        self.say(report, "\n".join(lines))

    def results(self, settings: Settings, report: RunReport | None) -> None:
        """Where to look now, at the end of a run."""
        from citypulse.status import results

        found = results(settings)
        if report:
            found["landed"] = {r.feed: r.landed_rows for r in report.landed}
        lines = [f"{label:<28} {place}" for label, place in found["places"].items()]
        self.say(found, "\n".join([found["headline"], *lines]))

    def _table(self, title: str, names: list[str], rows: list[list[Any]], data: Any) -> None:
        if self.as_json:
            self.say(data, "")
            return
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for index, name in enumerate(names):
            is_number = index > 0 and all(isinstance(row[index], int | float) for row in rows)
            table.add_column(name, justify="right" if is_number else "left", no_wrap=index == 0)
        for row in rows:
            table.add_row(*map(str, row))
        self.terminal.print(table)


COUNTS = ("received", "landed", "quarantined", "duplicates")


def told(run: dict[str, Any]) -> str:
    """What a run counted, without what it had none of."""
    return " ".join(f"{name}={count}" for name, count in run["counts"].items() if count)


@contextmanager
def guarded(as_json: bool) -> Iterator[Console]:
    """Run a command's body; an expected error becomes one clear sentence and its exit code."""
    import typer

    console = Console(as_json)
    try:
        yield console
    except CitypulseError as error:
        if as_json:
            print(
                json.dumps(
                    {"error": type(error).__name__, "message": str(error), "exit_code": error.exit_code},
                    ensure_ascii=False,
                )
            )
        else:
            console.notes.print(str(error), markup=False)
        raise typer.Exit(error.exit_code) from None
