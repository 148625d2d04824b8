"""One page of what the reliability tests measured: `reliability.json`, and the tables in both READMEs made from it.

`python -m tests.reliability.report` writes them from the sections that the tests left. With `--check` it writes nothing
and ends with 1 where what is promised (not what depends on the machine) differs from what stands in the file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingestion.settings import PROJECT_ROOT
from tests.reliability.figures import FOLDER

FILE = PROJECT_ROOT / "reliability.json"
PAGES = {"en": PROJECT_ROOT / "README.md", "zh": PROJECT_ROOT / "README.zh-CN.md"}
BEGIN, END = "<!-- reliability: made by tests/reliability/report.py -->", "<!-- end of reliability -->"
Figures = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A row of the table. What is `promised` must be the same wherever the suite runs."""

    zh: str
    en: str
    value: Callable[[Figures], str]
    promised: bool = True


def kills(f: Figures) -> int:
    """Runs, recoveries and uploads that were killed, power cuts among them."""
    stories = ("points", "random", "power")
    return (
        sum(f[name]["kills"] for name in (*stories, "points.brief", "points.site")) + f["webhook.kill"]["kill_points"]
    )


def wrong(f: Figures) -> int:
    """Reads and figures that were wrong, rows lost and rows doubled."""
    trials = [f[name] for name in ("points", "random", "power")]
    return (
        sum(t["wrong_reads"] + t["problems"] for t in trials) + f["webhook.kill"]["lost"] + f["webhook.kill"]["doubled"]
    )


def visited(f: Figures) -> int:
    apart = ("points.brief", "points.site", "points.privacy")
    return f["points"]["visited"] + sum(len(f[name]["visited"]) for name in apart)


def mutants(f: Figures, what: str) -> int:
    contracts = f["mutants.contracts"]
    rows = contracts[f"row_mutants_{what}"] + contracts[f"file_mutants_{what}"]
    return int(rows + f["mutants.dbt"][what] + f["mutants.gate"][what])


def share(found: Figures, name: str) -> str:
    return f"{100 * found[name] / sum(found.values()):.1f} %"


def with_manifest(f: Figures) -> str:
    found = f["input"]["with_manifest"]
    return f"{sum(found.values())} / {found['changed']}"


def bound(f: Figures) -> str:
    """The rule of three: without a failure in N trials the rate is below 3/N, at 95 %."""
    return f"{wrong(f)} (< {300 / kills(f):.1f} %)"


def payloads(f: Figures, name: str) -> int:
    return sum(int(f[section][name]) for section in ("hostile.landing", "hostile.words"))


def pair(first: str, second: str) -> Callable[[Figures], str]:
    """Two figures, each named `section:figure`."""
    return lambda f: " / ".join(f"{_at(f, name):,}" for name in (first, second))


def _at(figures: Figures, name: str) -> int:
    section, _, figure = name.partition(":")
    return int(figures[section][figure])


def canaries(f: Figures) -> str:
    return f"{f['canaries']['bytes_scanned'] >> 20} / {f['canaries']['hits']}"


def sockets(f: Figures) -> str:
    run = f["sockets.whole_run"]
    return f"{f['sockets']['beyond_loopback'] + run['attempts_ipv4'] + run['attempts_ipv6']}"


POINTS = "崩溃点：到达 / 声明", "crash points: visited / declared"
KILLS = "强制终止（kill -9、断电）次数", "kills (kill -9 and power cuts)"
WRONG = "其中丢失、重复、读错（95 % 上限）", "of them lost, doubled or read wrong (95 % bound)"
CUTS = "断电次数 / 出错", "power cuts / problems"
ENGINE = "引擎提交后被终止 / 丢失", "engine killed after commits / lost"
RECOVERY = "恢复时间 p95（秒）", "recovery, p95 (seconds)"
PLANTED = "植入的错误：发现 / 植入", "planted bugs: found / planted"
MUTANTS = "检查的变异体：发现 / 制造", "errors made for every check: noticed / made"
FILES = "损坏文件：总数 / 崩溃", "damaged files / crashes"
MANIFEST = "其中有清单的：总数 / 数据被改而未察觉", "of them with a manifest / changed unseen"
BARE = "其中无清单的：数据被改而未察觉", "of them without one: changed unseen"
HOSTILE = "恶意输入：符合预期 / 总数", "hostile payloads: as expected / all"
ROWS_IN = "对账：收到的行 / 无法解释", "reconciled rows / unexplained"
REBUILT = "换序、单线程重建：表 / 不同", "rebuilt in another order, one thread: tables / differing"
RESTORED = "从备份恢复：丢失的投递 / 秒", "restored from the backup: deliveries lost / seconds"
CANARIES = "标记人员：搜索的 MiB / 命中", "canary persons: MiB searched / hits"
LOCKED = "锁定的发布文件：越权尝试 / 被拒", "release opened locked down: attempts / refused"
SOCKETS = "离开本机的连接尝试", "attempts to leave the machine"
SUPPLY = "锁定的包：带哈希 / 总数", "locked packages: with a hash / all"

ROWS = [
    Row(*POINTS, lambda f: f"{visited(f)} / {f['points']['declared']}"),
    Row(*KILLS, lambda f: f"{kills(f)}", promised=False),
    Row(*WRONG, bound, promised=False),
    Row(*CUTS, pair("power:cuts", "power:problems"), promised=False),
    Row(*ENGINE, pair("engine:kills", "engine:lost")),
    Row(*RECOVERY, lambda f: f"{f['points']['recovery_p95_seconds']}", promised=False),
    Row(*PLANTED, pair("planted:found", "planted:bugs")),
    Row(*MUTANTS, lambda f: f"{mutants(f, 'killed'):,} / {mutants(f, 'made'):,}"),
    Row(*FILES, pair("input:files", "input:crashes")),
    Row(*MANIFEST, with_manifest),
    Row(*BARE, lambda f: share(f["input"]["without_manifest"], "changed")),
    Row(*HOSTILE, lambda f: f"{payloads(f, 'as_expected')} / {payloads(f, 'payloads')}"),
    Row(*ROWS_IN, pair("reconciliation:rows_received", "reconciliation:unexplained"), promised=False),
    Row(*REBUILT, pair("rebuild:tables", "rebuild:differing")),
    Row(*RESTORED, pair("restore:rpo_deliveries_lost", "restore:rto_seconds"), promised=False),
    Row(*CANARIES, canaries, promised=False),
    Row(*LOCKED, pair("lockdown:attempts", "lockdown:refused")),
    Row(*SOCKETS, sockets),
    Row(*SUPPLY, pair("supply:hashed", "supply:packages")),
]


def gather() -> Figures:
    """The sections that the last run left. Exits naming what is missing."""
    found = {path.stem: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}
    try:
        for row in ROWS:
            row.value(found)
    except KeyError as missing:
        sys.exit(f"The section or figure {missing} was not measured: run `make test-reliability` whole.")
    return found


def table(figures: Figures, language: str) -> str:
    heads = {"zh": ("度量", "数值"), "en": ("what", "measured")}[language]
    lines = [f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {getattr(row, language)} | {row.value(figures)} |" for row in ROWS)])


def with_table(text: str, figures: Figures, language: str) -> str:
    """A page with the table of these figures in its place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n\n{table(figures, language)}\n\n{end}{after}"


def stale(measured: Figures, kept: Figures) -> list[str]:
    """Promised rows in which the file tells something else than was measured."""
    promised = [(row.en, row.value(measured), row.value(kept)) for row in ROWS if row.promised]
    failed = [f"{name}: measured {new}, reliability.json says {old}" for name, new, old in promised if new != old]
    return [*failed, *([f"{wrong(measured)} wrong reads or problems"] if wrong(measured) else [])]


def main() -> None:
    measured = gather()
    if "--check" in sys.argv:
        if problems := stale(measured, json.loads(FILE.read_bytes())["figures"]):
            sys.exit("\n".join([*problems, "Run `make test-reliability` and commit reliability.json and the READMEs."]))
        print("reliability.json tells what was measured")
        return
    content = {"duckdb": duckdb.__version__, "figures": measured}
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for language, page in PAGES.items():
        page.write_text(with_table(page.read_text("utf-8"), measured, language), encoding="utf-8")
    print(table(measured, "en"))


def is_current(page: Path, language: str) -> bool:
    """Whether a page shows what the file tells."""
    text = page.read_text("utf-8")
    return with_table(text, json.loads(FILE.read_bytes())["figures"], language) == text


if __name__ == "__main__":
    main()
