"""A release of 1.6 million rows pushed into a PostgreSQL on the same machine.

Prints how fast rows are copied, before any index, beside a floor from the same run: the server reading the very rows
from a binary file of its own, by as many sessions. Rows of `marts.fct_kpi_value` (22 columns), of a table of the usual
width (12) and of a narrow one (7), and a mixture as a release of a season has it: 44 in 100 wide, the rest usual. Then
what a whole push takes: copied, indexed, reconciled twice, swapped in.
Example: python benchmarks/push.py --rows 1600000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ingestion.settings import PostgresTarget, Settings  # noqa: E402
from tests.bi.postgres_server import PostgresServer, postgres_server  # noqa: E402
from tests.warehouse_fixture import make_settings, make_warehouse  # noqa: E402
from warehouse.engine import connect  # noqa: E402
from warehouse.push.push import CONNECTIONS, push  # noqa: E402
from warehouse.push.server import Server  # noqa: E402
from warehouse.push.tables import Table, read_tables  # noqa: E402
from warehouse.release import publish  # noqa: E402
from warehouse.release_tables import sql_name  # noqa: E402
from warehouse.serving import current_release  # noqa: E402

SHAPES = {
    "wide": """
SELECT 'hotline.measure_' || n % 40 AS kpi_code, ['city', 'district', 'region', 'street'][1 + n % 4] AS area_level,
    '2102' || lpad((n % 2000)::VARCHAR, 8, '0') AS area_code, if(n % 9 = 0, 'month', 'day') AS period_grain,
    DATE '2025-11-01' + (n % 150)::INTEGER AS period_start, DATE '2025-11-01' + (n % 150)::INTEGER AS period_end,
    TIMESTAMP '2026-04-10 23:59:59' AS as_of, (n % 977)::DECIMAL(18,4) AS numerator,
    (n % 1009 + 977)::DECIMAL(18,4) AS denominator, ((n % 977) / (n % 1009 + 977))::DECIMAL(18,8) AS value,
    if(n % 3 = 0, 0.12345678, NULL)::DECIMAL(18,8) AS ci_low, if(n % 3 = 0, 0.87654321, NULL)::DECIMAL(18,8) AS ci_high,
    n % 1986 AS received_count, n % 977 AS counted_count, n % 13 AS excluded_count, n % 7 AS immature_count,
    if(n % 5 = 0, '{"duplicate": 3, "test_call": 1}', '{}') AS excluded_by_reason, n % 11 AS open_not_due_count,
    if(n % 6 = 0, 'small_cell', 'ok') AS status, n % 6 > 0 AS is_rankable, '2026-1' AS method_version,
    'A' AS quality_grade FROM range(@rows) AS r (n)""",
    "usual": """
SELECT '2102' || lpad((n % 1910)::VARCHAR, 8, '0') AS area_code, lpad((n % 170)::VARCHAR, 9, '2102') AS street_code,
    '2102' || lpad((n % 13)::VARCHAR, 2, '0') AS region_code, DATE '2025-11-01' + (n % 12 * 30)::INTEGER AS month_start,
    'hotline.measure_' || n % 8 AS kpi_code, n % 977 AS counted_count, n % 13 AS excluded_count,
    (n % 977)::DECIMAL(18,4) AS numerator, (n % 977 / 1009)::DECIMAL(18,8) AS value, n % 6 > 0 AS is_rankable,
    if(n % 6 = 0, 'small_cell', 'ok') AS status, 'A' AS quality_grade FROM range(@rows) AS r (n)""",
    "narrow": """
SELECT DATE '2025-11-01' + (n % 12 * 30)::INTEGER AS month_start, 'F' || n % 6204 AS facility_code,
    '2102' || lpad((n % 2000)::VARCHAR, 8, '0') AS area_code, n % 31 AS open_days, n % 977 AS visit_count,
    (n % 100 / 100)::DECIMAL(18,8) AS value, if(n % 6 = 0, 'small_cell', 'ok') AS status
FROM range(@rows) AS r (n)""",
}

# Shape and share of the rows of the two tables of a release; two of a shape are as a table and its twin in `zh`.
RELEASES = {
    "wide": (("wide", 0.5), ("wide", 0.5)),
    "narrow": (("narrow", 0.5), ("narrow", 0.5)),
    "season": (("wide", 0.44), ("usual", 0.56)),
}


def released(home: Path, kind: str, rows: int) -> Settings:
    """A release of two large tables of that kind."""
    settings = make_settings(home)
    made = [
        f"CREATE TABLE marts.{name} AS {SHAPES[shape].replace('@rows', str(int(rows * share)))}"
        for name, (shape, share) in zip(("fct_one", "fct_two"), RELEASES[kind], strict=True)
    ]
    listed = "INSERT INTO meta.model_catalogue VALUES ('marts', 'fct_one', TRUE), ('marts', 'fct_two', TRUE)"
    make_warehouse(settings, *made, listed)
    publish(settings, checks_passed=1, checks_total=1)
    return settings


def timed(work: Callable[[Table], None], tables: list[Table]) -> float:
    """Seconds for all tables, each by a session of its own."""
    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, tables))
    return time.monotonic() - began


def compare(server: PostgresServer, settings: Settings, database: str, folder: Path) -> tuple[float, float]:
    """Seconds of copying the two large tables, and of the floor."""
    target = PostgresTarget(server.make_database(database))
    path = settings.releases / f"{current_release(settings)}.duckdb"
    with connect(path, settings=settings, read_only=True) as release:
        tables = [table for table in read_tables(release) if table.name in ("fct_one", "fct_two")]

        def create(session: Server, table: Table, name: str) -> None:
            session.run("BEGIN")
            columns = ", ".join(f"{sql_name(c.name)} {c.type}" for c in table.columns)
            session.run(f"CREATE TABLE public.{name} ({columns})")

        def copy(table: Table) -> None:
            with Server(target) as session, release.cursor() as cursor:
                create(session, table, table.name)
                session.copy("public", table.name, cursor.sql(f"SELECT * FROM {table}"))
                session.run("COMMIT")

        def read_file(table: Table) -> None:
            with Server(target) as session:
                create(session, table, f"floor_{table.name}")
                session.run(f"COPY public.floor_{table.name} FROM '{folder}/{table.name}' (FORMAT binary)")
                session.run("COMMIT")

        copied = timed(copy, tables)
        with Server(target) as session:
            for table in tables:
                session.run(f"COPY public.{table.name} TO '{folder}/{table.name}' (FORMAT binary)")
        return copied, timed(read_file, tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_600_000)
    rows = parser.parse_args().rows
    minimal = ("wal_level = minimal", "max_wal_senders = 0")
    with tempfile.TemporaryDirectory() as made:
        releases = {kind: released(Path(made) / kind, kind, rows) for kind in RELEASES}
        for name, options in {"as it comes": (), "wal_level = minimal": minimal}.items():
            with postgres_server("max_wal_size = 4GB", *options) as server, tempfile.TemporaryDirectory() as folder:
                Path(folder).chmod(0o777)  # the server writes there as another account
                for kind, settings in releases.items():
                    copied, floor = compare(server, settings, kind, Path(folder))
                    done = push(settings, PostgresTarget(server.make_database(f"{kind}_pushed")))
                    print(f"{name}, {kind}: {rows / copied:,.0f} rows/s copied")
                    print(f"  the server alone, from a file: {rows / floor:,.0f}; ratio to it {floor / copied:.2f}")
                    parts = f"staged {done.staged_seconds:.1f}, swapped {done.swap_seconds:.2f}"
                    print(f"  a whole push: {done.seconds:.1f} s ({parts})")


if __name__ == "__main__":
    main()
