"""The house colours of all drawings: fixed in print; a page on a dark screen puts a variable in the place of each."""

from __future__ import annotations

NAVY, INK, SOFT, LABEL, GREY = "#1f4e79", "#1c2530", "#5b6670", "#4a545e", "#8a949e"
RULE, GRID, TINT, PAPER, BAR = "#d5dbe1", "#e3e7eb", "#f5f7f9", "#ffffff", "#a9c1d9"
BETTER, WORSE = "#1d6b4f", "#a8322a"
# From the least to the most; words on the two darkest are in the colour of paper. BAR is the middle one.
SHADES = ("#eef3f8", "#cfdeec", BAR, "#447099", "#1b466d")

# Drawn colour: the variable of the page's style sheet that stands for it on a dark screen.
VARIABLES = {
    NAVY: "navy",
    INK: "ink",
    SOFT: "soft",
    LABEL: "soft",
    GREY: "soft",
    RULE: "rule",
    GRID: "rule",
    TINT: "tint",
    PAPER: "paper",
    BAR: "bar",
    BETTER: "better",
    WORSE: "worse",
    SHADES[0]: "shade-1",
    SHADES[1]: "shade-2",
    SHADES[3]: "shade-4",
    SHADES[4]: "shade-5",
}


def on(shade: int) -> str:
    """The colour of words on a shade."""
    return PAPER if shade >= 3 else INK
