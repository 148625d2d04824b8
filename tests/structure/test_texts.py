"""No committed text names a real person, a machine of ours, or a place to download from."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tests.structure.repo import text_files

# Written so that no pattern finds itself.
PERSONAL = {
    "a mobile number": r"(?<![\w.])1[3-9]\d{9}(?!\w)",
    "an ID card number": r"(?<![\w.])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\w)",
}
FOREIGN = {
    "a path of one machine": r"(?<![\w.>}])/(?:work|root|home)/|/tmp/[l]ab",
    "a download address": r"py[p]i(?!nyin)|python[h]osted|\bmirro[r]s?\b|npm[j]s|debian[.]org|anaconda[.]org",
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_no_text_holds_what_could_be_personal(kind: str) -> None:
    folded = {name: unicodedata.normalize("NFKC", text) for name, text in text_files().items()}
    found = [name for name, text in folded.items() if re.search(PERSONAL[kind], text, re.ASCII)]
    assert not found, f"looks like {kind}: invent numbers that begin with 100, which nobody has"


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_text_holds_places_outside(kind: str) -> None:
    found = [name for name, text in text_files().items() if re.search(FOREIGN[kind], text, re.IGNORECASE)]
    assert not found, f"holds {kind}: say it without, or take it from the settings"
