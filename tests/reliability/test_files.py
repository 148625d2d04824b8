"""Thousands of damaged files through every reader: none is fatal, each is answered, and a manifest lets none lie."""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingestion import straight
from ingestion.settings import Settings
from tests.reliability.figures import record
from tests.reliability.homes import Home, Words
from tests.reliability.mutate import Case, make
from tests.reliability.pristine import READERS
from tests.reliability.verdict import Outcome

KEPT = Path(__file__).with_name("corpus") / "files.json"
BY_NAME = {reader.name: reader for reader in READERS}
FILES, ROUND, A_HOME = 2_000, 1_000, 30  # a home of more would be slower, for its table grows
REPLAY = "`pytest tests/reliability/test_files.py -k once_failed` tries it again; `python -m tests.reliability.mutate "


class Corpus:
    """Cases landed home by home, each judged."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = monkeypatch
        self.words = Words()
        self.judged: list[tuple[Case, str]] = []
        self.failed: list[tuple[Case, str]] = []
        self.slowest = 0.0
        self.homes = 0
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power fails here, and disks are slow
        self._learn()

    def _learn(self) -> None:
        """Sound deliveries of each reader land whole; they tell which token stands for whom."""
        made = [make(-1, number, self.folder) for number in range(250)]
        cases = [case for name in BY_NAME for case in [case for case in made if case.reader.name == name][:4]]
        for case in cases:
            case.content, case.kind, case.manifest = case.sound, "none", None
        found = [pair for home in self._homes(cases) for pair in self._landed(home)]
        for case, outcome in found:
            self.words.learn(case.reader, case.truth, outcome.rows)
        verdicts = {(case.reader.name, self.words.verdict(case, outcome)) for case, outcome in found}
        assert verdicts == {(name, "identical") for name in BY_NAME}

    def _homes(self, cases: Iterable[Case]) -> list[Home]:
        """Filled, and old enough for half a manifest to count as one that was never finished."""
        by_kind: dict[tuple[str, bool], list[Case]] = defaultdict(list)
        for case in cases:
            by_kind[case.reader.name, case.manifest is None].append(case)
        homes = []
        for (name, _), group in sorted(by_kind.items()):
            for begin in range(0, len(group), A_HOME):
                self.homes += 1
                place = self.folder / f"home{self.homes}"
                settings = Settings(home=place, key_file=self.folder / "key.json", memory="1GB", threads=1)
                homes.append(Home(settings, BY_NAME[name], group[begin : begin + A_HOME]))
                homes[-1].fill()
        time.sleep(1.1)
        return homes

    def _landed(self, home: Home) -> list[tuple[Case, Outcome]]:
        with self.patch.context() as patch:
            if home.reader.name == "csv_straight":
                patch.setattr(straight, "WORTH", 0)
            home.land()
        self.slowest = max(self.slowest, home.slowest)
        return home.outcomes()

    def run(self, cases: Iterable[Case]) -> None:
        for home in self._homes(cases):
            for case, found in self._landed(home):
                verdict = self.words.verdict(case, found)
                self.judged.append((case, verdict))
                trouble = found.unsound() or home.stopped_by
                if not trouble and verdict == "changed" and not case.may_be_unseen:
                    trouble = f"rows changed unseen (manifest: {case.manifest is not None})"
                if trouble:
                    self.failed.append((case, f"{case.reader.name}, {case.kind}: {trouble}"))

    def share(self, of: str, *, with_manifest: bool) -> dict[str, dict[str, int]]:
        """How many of each verdict, by `reader` or by `kind`."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for case, verdict in self.judged:
            if (case.manifest is not None) == with_manifest:
                found[case.kind if of == "kind" else case.reader.name if of == "reader" else "all"][verdict] += 1
        return {key: dict(sorted(count.items())) for key, count in sorted(found.items())}

    def keep_failures(self) -> list[str]:
        """Put what failed into the list that is tried first from now on. Returns what to tell of each."""
        kept = json.loads(KEPT.read_text("utf-8"))
        new = [{"seed": case.seed, "number": case.number, "why": why} for case, why in self.failed]
        known = {(old["seed"], old["number"]) for old in kept}
        added = [item for item in new if (item["seed"], item["number"]) not in known]
        if added:
            KEPT.write_text(json.dumps(kept + added, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return [f"{item['why']}. {REPLAY}{item['seed']} {item['number']} FOLDER` writes its files" for item in new]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Corpus]:
    with pytest.MonkeyPatch.context() as patch:
        yield Corpus(tmp_path_factory.mktemp("corpus"), patch)


def test_files_that_once_failed_are_answered_now(corpus: Corpus) -> None:
    kept = json.loads(KEPT.read_text("utf-8"))
    corpus.run([make(item["seed"], item["number"], corpus.folder) for item in kept])
    corpus.judged.clear()
    assert corpus.failed == []


def test_no_damaged_file_is_fatal_or_changes_a_row_against_its_manifest(corpus: Corpus, scale: int, seed: int) -> None:
    begun, files = sum(os.times()[:4]), FILES * scale
    for first in range(0, files, ROUND):
        corpus.run(make(seed, number, corpus.folder) for number in range(first, min(first + ROUND, files)))
    told = corpus.keep_failures()
    assert len(corpus.judged) == files
    assert told == [], "\n".join(told)
    nothing = dict.fromkeys(("identical", "quarantined", "refused", "changed"), 0)
    record(
        "input",
        files=files,
        seed=seed,
        crashes=0,
        with_manifest=nothing | corpus.share("all", with_manifest=True)["all"],
        without_manifest=nothing | corpus.share("all", with_manifest=False)["all"],
        residual_by_reader=_residual(corpus.share("reader", with_manifest=False)),
        residual_by_kind=_residual(corpus.share("kind", with_manifest=False)),
        slowest_seconds=round(corpus.slowest, 2),
        processor_seconds=round(sum(os.times()[:4]) - begun, 1),  # with those of the children
    )


def _residual(share: dict[str, dict[str, int]]) -> dict[str, str]:
    """Accepted but changed, of all: only a manifest can tell."""
    return {key: f"{count.get('changed', 0)} of {sum(count.values())}" for key, count in share.items()}
