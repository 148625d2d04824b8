"""The writer of deliveries in a feed's own form, as the tests use it: see simulator/forms.py."""

from __future__ import annotations

import os
import time
from pathlib import Path

from simulator.forms import Row, headers, seal, table_of, write_delivery, write_table

__all__ = ["Row", "age", "headers", "seal", "table_of", "write_delivery", "write_table"]


def age(path: Path, seconds: float) -> None:
    """Wait until a file has stood still for `seconds`."""
    while time.time() - os.lstat(path).st_ctime < seconds:
        time.sleep(0.05)
