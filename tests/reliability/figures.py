"""Where the reliability tests leave what they measured; `tests.reliability.report` makes one page of it."""

from __future__ import annotations

import json
from typing import Any

from ingestion.durable import write_file
from ingestion.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / ".reliability"


def record(section: str, **figures: Any) -> None:
    """Leave the figures of a section, or of a part of one named `section.part`; the newest run's stand."""
    content = json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True)
    write_file(FOLDER / f"{section}.json", content.encode(), "figures.file")
