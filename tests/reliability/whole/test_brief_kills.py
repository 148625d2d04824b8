"""Briefs and the page of models, killed at each of their points: what has a final name is whole, a second run ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.durable import STEPS
from ingestion.settings import Settings
from tests.reliability.figures import record
from tests.reliability.harness import Talker, talkers

NEEDED = ("releases", "serving", "warehouse/dbt_target", "logs/runs", "receipts", "SYNTHETIC")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Talker]:
    with talkers() as (found, _):
        yield found


@pytest.fixture
def home(whole_city: Settings, tmp_path: Path) -> Path:
    """The released city without its briefs and its site."""
    made = tmp_path / "home"
    for name in NEEDED:
        source = whole_city.home / name
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, made / name, symlinks=True)
        else:
            shutil.copyfile(source, made / name)
    return made


@pytest.mark.parametrize(
    ("story", "point", "folder"), [("brief", "brief.file", "briefs"), ("site", "site.models", "site")]
)
def test_killed_at_every_point_a_second_run_ends(
    zygote: Talker, home: Path, story: str, point: str, folder: str
) -> None:
    steps = STEPS["write_file"]
    for hit, step in enumerate(steps, start=1):
        outcome = zygote.ask(story=story, home=str(home), point=f"{point}/{step}", hit=hit if story == "brief" else 1)
        assert outcome["ended"] == "killed", outcome["said"]
        for page in (home / "site").glob("models.html"):
            page.unlink()  # one that is up to date would not be written again
    seen = files(home / folder)
    last = zygote.ask(story=story, home=str(home))
    assert last["ended"] == "done", last["said"]
    whole = files(home / folder)
    assert not [name for name in whole if name.endswith(".tmp")]
    torn = [name for name, data in seen.items() if not name.endswith((".tmp", ".json")) and data != whole[name]]
    assert torn == [], "what a kill left under a final name is what the next run writes"
    record(f"points.{story}", kills=len(steps), visited=[f"{point}/{step}" for step in steps], torn=len(torn))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
