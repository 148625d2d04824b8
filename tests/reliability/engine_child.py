"""Commits batch after batch into a database and says so after each; somebody kills it: `… engine_child FILE FIRST`."""

from __future__ import annotations

import sys
from pathlib import Path

from ingestion.settings import Settings
from warehouse.engine import connect

ROWS = 130_000  # more than one row group


def main(database: Path, first: int) -> None:
    settings = Settings(home=database.parent, key_file=database.parent / "key", memory="500MB", threads=2)
    connection = connect(database, settings=settings)
    connection.execute("CREATE TABLE IF NOT EXISTS ledger (batch BIGINT, total BIGINT)")
    connection.execute("CREATE TABLE IF NOT EXISTS fact (id BIGINT, batch BIGINT, amount DECIMAL(18,2))")
    for batch in range(first, first + 1000):
        connection.execute("BEGIN")
        connection.execute("DELETE FROM fact WHERE id % 3 = ?", [batch % 3])
        connection.execute(f"INSERT INTO fact SELECT i, {batch}, i % 97 FROM range({batch % 3}, {ROWS}, 3) t (i)")
        connection.execute("INSERT INTO ledger SELECT ?, count(*) FROM fact", [batch])
        connection.execute("COMMIT")
        print(batch, flush=True)
        if batch % 7 == 0:
            connection.execute("CHECKPOINT")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
