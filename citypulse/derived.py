"""Files that follow from contracts and flag rules: `contracts sync` writes them, a drift test compares them."""

from __future__ import annotations

import csv
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.derive import sources_text
from ingestion.settings import PROJECT_ROOT, Settings


def derived_files(settings: Settings) -> dict[Path, str]:
    """Every derived file with the text it must have."""
    from expectations.derive import flag_suite_text, raw_suite_text

    contracts = load_contracts(settings)
    files = {PROJECT_ROOT / "dbt_project" / "models" / "staging" / "_sources.yml": sources_text(contracts)}
    for feed, contract in contracts.items():
        files[PROJECT_ROOT / "expectations" / "suites" / f"raw_{feed}.yml"] = raw_suite_text(contract)
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "flag_rule.csv").open(encoding="utf-8", newline="") as stream:
        files[PROJECT_ROOT / "expectations" / "suites" / "flag.yml"] = flag_suite_text(list(csv.DictReader(stream)))
    return files


def write_derived(settings: Settings) -> list[Path]:
    """Write the files that differ. Returns them."""
    files = derived_files(settings)
    changed = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(files[path], encoding="utf-8")
    return changed
