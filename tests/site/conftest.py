"""The site of an invented home, and the Chromium of the system that looks at it.

`SITE_HOME=<home>` lets the same tests look at the site and briefs of a real home instead; its site is written first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingestion.settings import Settings, load_settings
from reporting import html
from reporting.issue import read_pointer
from reporting.site import write_site
from tests import chromium
from tests.reporting.invented_briefs import invented_briefs
from tests.site.site_home import make_home

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BRIEFS = 2  # looked at of each kind: the city's in both languages


@dataclass(frozen=True)
class Site:
    """A written site: its home and its pages, and the pages of the newest briefs."""

    settings: Settings
    pages: list[Path]
    briefs: list[Path]

    @property
    def root(self) -> Path:
        return self.settings.site

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    given = os.environ.get("SITE_HOME")
    settings = load_settings(Path(given)) if given else make_home(tmp_path_factory.mktemp("site") / "home")
    write_site(settings)
    issued = [found["files"] for found in read_pointer(settings)["kinds"].values()]
    briefs = [name for files in issued for name in [f for f in files if f.endswith(("_zh.html", "_en.html"))][:BRIEFS]]
    pages = sorted(settings.site.rglob("*.html"))
    paths = [settings.briefs / name for name in briefs]
    return Site(settings, pages, paths if given else [*paths, *_all_kinds(tmp_path_factory.mktemp("kinds"))])


def _all_kinds(folder: Path) -> Iterator[Path]:
    """The page of every kind of brief with rows in each of its tables."""
    for kind, language, content in invented_briefs(folder):
        path = folder / f"brief_{kind}_{language}.html"
        path.write_bytes(html.page(content))
        yield path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium on the PATH. Without one the tests step aside, except in CI: there `make browser` comes first."""
    path = chromium.executable()
    if path is None and os.environ.get("CI", "").lower() == "true":
        pytest.fail("CI has no Chromium: run `make browser` first.")
    if path is None:
        pytest.skip(f"no browser on the PATH ({', '.join(chromium.NAMES)}): `make browser` installs one")
    with chromium.opened(path) as opened:
        yield opened
