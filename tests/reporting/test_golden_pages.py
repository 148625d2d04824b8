"""The first page of every kind in both languages against a picture that was looked at: few pixels may move.

`python -m tests.reporting.test_golden_pages` writes the pictures anew; look at each before it is committed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy
import pytest
from PIL import Image

from reporting import pdf, snapshot
from reporting.brief import LANGUAGES, Language
from reporting.compose import compose
from reporting.gather import gather
from reporting.period import KINDS, Kind
from reporting.pictures import read_ground
from tests.brief_fixture import full_days, full_month, make_release
from tests.reporting.invented_tables import invented_tables

GOLDEN = Path(__file__).parent / "golden"
PERIODS: dict[Kind, str] = {
    "daily": "2026-01-31",
    "weekly": "2026-W04",
    "monthly": "2026-01",
    "quarterly": "2025-Q4",
    "season": "2025-26",
}
SIZE = (595, 842)
# A pixel differs when any of its colours is off by an eighth of the range; a moved line of text is hundreds of them.
OFF, BUDGET = 32, 0.001


def pages(folder: Path) -> Iterator[tuple[Kind, Language, Image.Image]]:
    settings = make_release(folder, [*full_month(), *full_days()])
    ground = read_ground(settings)
    for kind in KINDS:
        with snapshot._release(settings) as con:
            figures = gather(con, kind, PERIODS[kind])
        brief = compose(figures, invented_tables(figures), ground)
        for language in LANGUAGES:
            drawn = Image.open(BytesIO(pdf.picture(snapshot.payload(brief, language, kind))))
            yield kind, language, drawn.convert("RGB").resize(SIZE, Image.Resampling.BOX)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Kind, Language], Image.Image]:
    return {(kind, language): page for kind, language, page in pages(tmp_path_factory.mktemp("golden"))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_looks_as_it_was_approved(
    drawn: dict[tuple[Kind, Language], Image.Image], kind: Kind, language: Language, tmp_path: Path
) -> None:
    approved = Image.open(GOLDEN / f"{kind}_{language}.png").convert("RGB")
    page = drawn[kind, language]
    differs = (numpy.abs(numpy.asarray(page, int) - numpy.asarray(approved, int)) > OFF).any(axis=2)
    if differs.mean() > BUDGET:
        page.save(tmp_path / f"{kind}_{language}.png")
    assert differs.mean() <= BUDGET, f"{differs.sum()} pixels differ; the page lies in {tmp_path}"


def test_another_page_would_be_noticed(drawn: dict[tuple[Kind, Language], Image.Image]) -> None:
    one, other = (numpy.asarray(drawn[kind, "zh"], int) for kind in ("daily", "weekly"))
    assert (numpy.abs(one - other) > OFF).any(axis=2).mean() > BUDGET


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind, language, page in pages(Path(folder)):
            path = GOLDEN / f"{kind}_{language}.png"
            page.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
            sys.stdout.write(f"{path}\n")
