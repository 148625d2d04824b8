"""The house font: coverage of the shipped files, and the small web font a page carries in itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from ingestion.errors import ContractError

FAMILY = "Noto Sans SC"
FONT_FOLDER = Path(__file__).resolve().parent / "fonts"
FACES = {400: FONT_FOLDER / "NotoSansSC-Regular.ttf", 700: FONT_FOLDER / "NotoSansSC-Bold.ttf"}
ALWAYS = frozenset(map(chr, range(0x20, 0x7F))) | {"\u00a0"}


@cache
def covered() -> frozenset[str]:
    """Characters that every face can draw."""
    from fontTools.ttLib import TTFont

    faces = [frozenset(map(chr, TTFont(path, lazy=True).getBestCmap())) for path in FACES.values()]
    return frozenset.intersection(*faces)


def check_coverage(payload: dict[str, Any]) -> None:
    """Refuse a page with a character the font lacks: an empty box in a name is worse than no page."""
    for place, text in _texts(payload):
        for character in text:
            if character not in covered() and not is_blank(character):
                shown = character if character.isprintable() else "–"
                raise ContractError(
                    f"字体缺字 glyph missing: {shown} (U+{ord(character):04X}) in {place}.",
                    next_step="correct the name in its seed, or add the character to the files in reporting/fonts.",
                )


def is_blank(character: str) -> bool:
    """A blank or a line end; for Python the four separators of records are blanks too, and no PDF takes them."""
    return character.isspace() and not "\x1c" <= character <= "\x1f"


# Kerning of a few Latin pairs costs more time than the rest of the page; the PDF keeps it, the HTML goes without.
LAYOUT_TABLES = ["BASE", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]


def characters(payload: dict[str, Any]) -> frozenset[str]:
    return ALWAYS | {character for _, text in _texts(payload) for character in text if not character.isspace()}


def face(weight: int, wanted: frozenset[str]) -> str:
    """A WOFF of just these characters as a data URI; the same characters give the same bytes."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=[], glyph_names=False, recalc_timestamp=False)
    options.drop_tables += LAYOUT_TABLES
    font = TTFont(FACES[weight], recalcTimestamp=False, recalcBBoxes=False, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, wanted)))
    subsetter.subset(font)
    # WOFF 1 packs with zlib of the standard library; WOFF 2 would need one more dependency.
    font.flavor = "woff"
    buffer = BytesIO()
    font.save(buffer)
    return "data:font/woff;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a payload with its place in it, such as `ranking[3].area`."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")
