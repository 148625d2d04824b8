"""What a BI tool finds when it opens the served file."""

from __future__ import annotations

import duckdb
import pytest

from ingestion.settings import Settings
from warehouse.engine import connect


def test_a_write_is_refused(released_city: Settings) -> None:
    served = released_city.serving / "governance.duckdb"
    with (
        connect(served, settings=released_city, read_only=True) as connection,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        connection.execute("DELETE FROM marts.fct_kpi_value")
