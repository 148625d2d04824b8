"""Files that follow from others, say contracts or KPIs: `contracts sync` writes them, a drift test compares them."""

from __future__ import annotations

import csv
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.derive import sources_text
from ingestion.settings import PROJECT_ROOT, Settings
from warehouse.metrics import metrics_text

DBT = PROJECT_ROOT / "dbt_project"


def derived_files(settings: Settings) -> dict[Path, str]:
    """Every derived file with the text it must have."""
    from citypulse.exposures import exposures_text
    from expectations.derive import flag_suite_text, raw_suite_text

    contracts = load_contracts(settings)
    files = {
        DBT / "models" / "staging" / "_sources.yml": sources_text(contracts),
        DBT / "models" / "exposures.yml": exposures_text(),
        DBT / "models" / "kpi" / "_metrics.yml": metrics_text(
            _rows(DBT / "seeds" / "kpi_dictionary.csv"), _rows(DBT / "metric_source.csv")
        ),
    }
    suites = PROJECT_ROOT / "expectations" / "suites"
    files |= {suites / f"raw_{feed}.yml": raw_suite_text(contract) for feed, contract in contracts.items()}
    files[suites / "flag.yml"] = flag_suite_text(_rows(DBT / "seeds" / "flag_rule.csv"))
    return files


def write_derived(settings: Settings) -> list[Path]:
    """Write the files that differ. Returns them."""
    files = derived_files(settings)
    changed = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(files[path], encoding="utf-8")
    return changed


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
