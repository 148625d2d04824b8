"""The pages a newcomer reads: their links lead somewhere, and every term of the city is in the glossary."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.settings import PROJECT_ROOT
from tests.reliability import report
from tests.structure.repo import BUILT_IN, DBT, text_files

PAGES = sorted(name for name in text_files() if name.endswith(".md"))
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
GLOSSARY = (PROJECT_ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    folder = (PROJECT_ROOT / page).parent
    broken = [target for target in LINK.findall(text_files()[page]) if not (folder / target).exists()]
    assert not broken, f"correct the link in {page}, or write what it points to"


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as its readers make them."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_to_sections_lead_to_one(page: str) -> None:
    folder = (PROJECT_ROOT / page).parent
    found = set(ANCHOR.findall(text_files()[page]))
    pages = {target: (folder / target).resolve() if target else PROJECT_ROOT / page for target, _ in found}
    broken = [
        f"{target}#{anchor}"
        for target, anchor in found
        if pages[target].suffix == ".md" and anchor not in anchors(pages[target].read_text(encoding="utf-8"))
    ]
    assert not broken, f"correct the link in {page}, or name the section so"


def cells() -> set[str]:
    return {cell.strip().strip("`") for line in GLOSSARY.splitlines() for cell in line.split("|")}


def test_every_feed_is_in_the_glossary() -> None:
    names = {name for c in load_contracts(BUILT_IN).values() for name in (c.name_zh, c.name_en, c.feed)}
    assert names - cells() == set(), "add the feed to docs/glossary.md: 中文 | English | name in code"


def test_every_kpi_is_in_the_glossary() -> None:
    with (DBT / "seeds" / "kpi_dictionary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = {row[column] for row in rows for column in ("name_zh", "name_en", "kpi_code")}
    assert names - cells() == set(), "add the KPI to docs/glossary.md: 中文 | English | name in code"


@pytest.mark.parametrize(("language", "page"), report.PAGES.items())
def test_the_figures_in_a_readme_are_those_of_the_file(language: str, page: Path) -> None:
    assert report.is_current(page, language), "run `python -m tests.reliability.report` after `make test-reliability`"
