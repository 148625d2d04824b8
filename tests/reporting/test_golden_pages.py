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

from reporting import pdf
from reporting.brief import LANGUAGES, Language
from reporting.period import KINDS, Kind
from tests.reporting.invented_briefs import invented_briefs

GOLDEN = Path(__file__).parent / "golden"
SIZE = (595, 842)
# A pixel differs when any of its colours is off by an eighth of the range; a moved line of text is hundreds of them.
OFF, BUDGET = 32, 0.001


def pages(folder: Path) -> Iterator[tuple[Kind, Language, Image.Image]]:
    for kind, language, content in invented_briefs(folder):
        drawn = Image.open(BytesIO(pdf.picture(content)))
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
