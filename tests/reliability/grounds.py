"""Homes in which a story is about to begin, each with what readers may see meanwhile and what must come of it."""

from __future__ import annotations

import os
from pathlib import Path

from ingestion.settings import PACKAGE_ROOT
from tests.reliability.harness import Ground, Talker, expected, figures
from tests.reliability.model import Truth
from tests.reliability.source import MESSAGES, Sender
from tests.reliability.stories_apart import leave_half_collected, leave_half_landed


def day(zygote: Talker, work: Path, seed: int) -> Ground:
    """One round is published, the next one waits in the inbox."""
    home, sender = work / "day" / "home", Sender(seed)
    sender.send(home, 0)
    _run(zygote, "day", home)
    old = figures(Truth().take(sender.sent))
    _gain_a_column(home.parent / "city" / "feeds")
    sender.send(home, 1)
    leave_half_landed(home)
    whole = expected(sender.sent)
    return Ground("day", home, [old, whole["published"]], whole)


def first_day(zygote: Talker, work: Path, seed: int) -> Ground:
    """Nothing has ever landed: tables, key and folders are made."""
    home, sender = work / "first_day" / "home", Sender(seed)
    sender.send(home, 0)
    whole = expected(sender.sent)
    return Ground("day", home, [None, whole["published"]], whole)


def keeping(zygote: Talker, work: Path, seed: int) -> Ground:
    """Many small files, many receipts, two releases, old logs and an old backup: the night's work is due."""
    home, sender = work / "keeping" / "home", Sender(seed)
    sender.send(home, 0)
    _run(zygote, "day", home)
    sender.trickle(home, 0, 10)
    _run(zygote, "day", home)
    _run(zygote, "prepare_keeping", home)
    whole = expected(sender.sent)
    for entry in home.glob("landing/*/_delta_log/*.json"):
        os.utime(entry, (0, 0))  # old enough for the log to be cut
    return Ground("keeping", home, [whole["published"]], whole)


def restoring(zygote: Talker, work: Path, seed: int) -> Ground:
    """The disk of a published home is lost, and its backup is at hand; readers have nothing, or what was published."""
    home, sender = work / "restoring" / "home", Sender(seed)
    sender.send(home, 0)
    _run(zygote, "day", home)
    _run(zygote, "prepare_restoring", home)
    whole = expected(sender.sent)
    return Ground("restoring", home, [None, whole["published"]], whole)


def writing(zygote: Talker, work: Path, seed: int) -> Ground:
    """A published home in which collectors, briefs, pages and requests write their own files."""
    home, sender = work / "writing" / "home", Sender(seed)
    sender.send(home, 0)
    _run(zygote, "day", home)
    sender.trickle(home, 1, 1)
    _run(zygote, "day", home)  # a second release, so that a replay has one before it
    old = figures(Truth().take(sender.sent))
    for number, name in enumerate(("heard", "pulled", "pushed"), start=5):
        (home.parent / f"{name}.jsonl").write_bytes(b"".join(sender.devices(number)))
    leave_half_collected(home)
    sender.link(home)
    page = home / "site" / "kpi" / "old.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("a KPI that is no more")
    whole = expected(sender.sent)
    return Ground("writing", home, [old, whole["published"]], whole)


def _gain_a_column(folder: Path) -> None:
    """The contract of the messages gains a column, so that the landing table must."""
    built_in = (PACKAGE_ROOT / "feeds" / f"{MESSAGES}.yml").read_text("utf-8")
    column = "  - {name: extra, header: [extra], type: integer, meaning_zh: 样例, meaning_en: sample}\n"
    folder.mkdir(parents=True)
    (folder / f"{MESSAGES}.yml").write_text(built_in.replace("tolerate:", f"{column}tolerate:", 1), "utf-8")


def _run(zygote: Talker, story: str, home: Path) -> None:
    outcome = zygote.ask(story=story, home=str(home))
    assert outcome["ended"] == "done", outcome["said"]
