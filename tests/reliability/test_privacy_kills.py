"""Deletions and rotations stopped at every point they come by, one after the other in the same home: the next run
goes on, and in the end one certificate tells of all that went.

The stop is a `KeyboardInterrupt` at the point: nothing in the product catches one, and what is durable by then is what
a kill leaves. What is left is looked at by its bytes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from citypulse.doctor import examine
from citypulse.house.backup import back_up
from citypulse.house.scan import scan
from citypulse.privacy.forgetting import forget
from citypulse.privacy.keys import destroy_key
from citypulse.privacy.retention import retain
from citypulse.privacy.retokenise import retokenise
from ingestion import durable
from ingestion.errors import NothingToDo
from ingestion.land import land_feed
from ingestion.privacy import load_keys, rotate
from ingestion.settings import Settings
from tests.feeds.forms import seal, write_delivery
from tests.feeds.landed import landed
from tests.feeds.persons import ANNA, BERT, CITY, CLEO, PROVINCE, cases, copied, deliver, holding, token_of
from tests.feeds.readings import FEED as READINGS
from tests.feeds.readings import land_many
from tests.reliability.figures import record
from tests.reliability.points import declared

NOW = datetime(2031, 2, 15, 2, 30)


@dataclass
class Story:
    """A home, and the points at which it was stopped."""

    home: Settings
    stopped: set[str] = field(default_factory=set)

    def stop_everywhere(self, work: Callable[[], Any], *, whole: bool = True) -> None:
        """Do some work until it is done, stopped at each point that it has not been stopped at before."""

        def visit(point: str) -> None:
            if point not in self.stopped:
                self.stopped.add(point)
                raise KeyboardInterrupt

        for _ in range(400):
            durable.watch(visit)
            try:
                work()
                return
            except NothingToDo:  # the last stop came after the last step
                return
            except KeyboardInterrupt:
                durable.watch(None)
                if whole:
                    scan(self.home, NOW)  # what is under way is no damage
            finally:
                durable.watch(None)
        raise AssertionError("it never ended")

    def certificate(self, kind: str) -> dict[str, Any]:
        """The one that tells of something: asking again after the end leaves one that tells of nothing."""
        assert not list(self.home.certificates.glob("*.pending"))
        told: list[dict[str, Any]] = [json.loads(path.read_text()) for path in self.home.certificates.glob("*.json")]
        (found,) = (c for c in told if c["kind"] == kind and c["files"])
        return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    settings = Settings(home=folder / "home", key_file=folder / "key.json", memory="1GB")
    deliver(settings, cases(ANNA, BERT), "a.csv")
    deliver(settings, cases(ANNA, CLEO, first=3), "b.csv")
    deliver(settings, cases(ANNA, contract=PROVINCE), "c.xlsx", PROVINCE)
    put_zip(settings, "d.zip", cases(ANNA, first=5))
    land_feed(settings, CITY.feed)
    land_many(settings, deliveries=1)
    settings.warehouse.mkdir(exist_ok=True)
    settings.warehouse_db.write_bytes(b"a warehouse")
    return folder


def put_zip(settings: Settings, name: str, rows: list[dict[str, Any]]) -> None:
    member = write_delivery(CITY, rows, settings.home.parent / f"{name}.csv")
    place = settings.inbox / CITY.feed / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place, "w") as archive:
        archive.write(member, "member.csv")
    seal(place)


def files_of(home: Settings, zone: str) -> list[Path]:
    found = (home.home / zone).rglob("*")
    return [path for path in found if path.is_file() and path.parent.name != "_delta_log"]


def names_of(home: Settings, *zones: str) -> set[str]:
    paths = [path for zone in zones for path in files_of(home, zone)]
    return {str(path.relative_to(home.home)) for path in paths if not {READINGS, "bridge"} & set(path.parts)}


@pytest.fixture(scope="module")
def forgetting(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Story, set[str]]]:
    """A file that went with a stop is not removed again: what that hides gets a home that is stopped there alone."""
    first = forget_stopped(Story(copied(template, tmp_path_factory.mktemp("first"))))
    hidden = Story(copied(template, tmp_path_factory.mktemp("second")), set(first[0].stopped))
    return [first, forget_stopped(hidden)]


def forget_stopped(story: Story) -> tuple[Story, set[str]]:
    """A rotation first, so that there are bridges; then the request, a backup, and deliveries of her once more."""
    home = replace(story.home, backup=story.home.home.parent / "backup")
    rotate(home)
    retokenise(home, NOW)
    home.warehouse_db.write_bytes(b"a warehouse again")
    (story.home.home.parent / "backup").mkdir()
    back_up(home, NOW)
    before = names_of(home, "vault", "landing")
    story.stop_everywhere(lambda: forget(home, [ANNA], "A-12", NOW), whole=False)
    story.stop_everywhere(lambda: back_up(home, NOW), whole=False)
    write_delivery(CITY, cases(ANNA, BERT), home.inbox / CITY.feed / "a.csv")
    write_delivery(CITY, cases(ANNA, BERT, first=7), home.inbox / CITY.feed / "e.csv")
    put_zip(home, "f.zip", cases(ANNA, first=9))

    def land() -> None:
        with suppress(NothingToDo):
            land_feed(home, CITY.feed)

    story.stop_everywhere(land, whole=False)
    land()
    return story, before


@pytest.fixture(scope="module")
def retention(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Story, set[str]]:
    story = Story(copied(template, tmp_path_factory.mktemp("retention")))
    story.home.warehouse_db.unlink()
    before = names_of(story.home, "vault", "landing")
    story.stop_everywhere(lambda: retain(story.home, NOW))
    return story, before


@pytest.fixture(scope="module")
def rotation(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    story = Story(copied(template, tmp_path_factory.mktemp("rotation")))
    story.home.warehouse_db.unlink()
    story.stop_everywhere(lambda: rotate(story.home))
    story.stop_everywhere(lambda: retokenise(story.home, NOW))
    return story


def test_she_is_in_nothing_however_often_it_was_stopped(forgetting: list[tuple[Story, set[str]]]) -> None:
    for story, before in forgetting:
        home = story.home
        found = story.certificate("forgetting")
        assert found["changed"] == {CITY.feed: 3, PROVINCE.feed: 1}
        assert before <= set(found["files"])
        assert holding(home.home, ANNA) == []
        assert holding(home.home.parent / "backup", ANNA) == []
        assert holding(home.landing, token_of(home, "v1", ANNA), token_of(home, "v2", ANNA)) == []
        gone = [row["caller_token"] is None for row in landed(home, CITY.feed)]
        assert gone == [place in (0, 2, 4, 5, 7) for place in range(8)]
        assert not list((home.vault / CITY.feed).glob("*.zip"))
        assert scan(home, NOW)["rows"] == 8 + 1 + 2
        assert all(finding.is_fine for finding in examine(home) if finding.subject in ("deletion", "forgotten persons"))


def test_what_was_old_is_gone_and_certified_once(retention: tuple[Story, set[str]]) -> None:
    story, before = retention
    found = story.certificate("retention")
    rows = sorted((row["feed"], row["rows"]) for row in found["rows"])
    assert rows == [(CITY.feed, 1), (CITY.feed, 2), (CITY.feed, 2), (PROVINCE.feed, 1)]
    assert before <= set(found["files"])
    assert names_of(story.home, "vault", "landing") == set()
    assert scan(story.home, NOW)["rows"] == 2


def test_every_row_has_the_newest_key_and_its_links(rotation: Story) -> None:
    home, newest = rotation.home, load_keys(rotation.home).current.version
    assert rotation.certificate("retokenising")["changed"] == {CITY.feed: 5, PROVINCE.feed: 1}
    tokens = [row["caller_token"] for row in landed(home, CITY.feed)]
    assert tokens == [token_of(home, newest, phone) for phone in (ANNA, BERT, ANNA, CLEO, ANNA)]
    assert not holding(home.landing, token_of(home, "v1", ANNA))
    assert scan(home, NOW)["rows"] == 8
    destroy_key(home, "v1", "v1", NOW)


def test_every_point_of_privacy_was_a_stop(
    forgetting: list[tuple[Story, set[str]]], retention: tuple[Story, set[str]], rotation: Story
) -> None:
    stories = [*(story for story, _ in forgetting), retention[0], rotation]
    stopped = {point for story in stories for point in story.stopped}
    wanted = {point for point in declared() if point.startswith("privacy.")}
    record("points.privacy", stops=sum(len(story.stopped) for story in stories), visited=sorted(wanted & stopped))
    assert wanted - stopped == set()
