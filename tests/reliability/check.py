"""The checker: reads what a home holds with plain DuckDB, delta-rs and the file system, and holds it against the model.

It imports nothing of the product. `python -m tests.reliability.check` answers one question a line (JSON).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

Published = dict[str, list[Any]]
QUERY = "SELECT kpi_code || ' ' || period_start, denominator, numerator FROM marts.fct_kpi_value ORDER BY ALL"


def read_published(home: Path) -> Published | None:
    """What a BI tool on the fixed name reads now; None before the first release."""
    served = home / "serving" / "governance.duckdb"
    return _figures(served) if served.exists() else None


def pointed(home: Path) -> Published | None:
    """What who follows `current.json` reads now."""
    pointer = home / "serving" / "current.json"
    if not pointer.exists():
        return None
    release = json.loads(pointer.read_bytes())["release_id"]
    manifest = json.loads((home / "releases" / f"{release}.json").read_bytes())
    for name, digest in manifest["files"].items():
        assert _sha256(home / "releases" / name) == digest, f"{name} is not what its manifest says"
    return _figures(home / "releases" / f"{release}.duckdb")


def _figures(database: Path) -> Published:
    with duckdb.connect(str(database), read_only=True) as connection:
        return {key: [int(count), str(total)] for key, count, total in connection.execute(QUERY).fetchall()}


def acknowledged(home: Path) -> list[str]:
    """Every receipt, by feed, number and what it says of its rows."""
    return sorted(f"{r['feed']} {r['batch_seq']} {r['batch_id']} {r['status']} {r['landed']}" for r in _receipts(home))


def problems(home: Path, expected: dict[str, Any]) -> list[str]:
    """Everything in which a home that has come to rest differs from the model; empty when all is well."""
    found = [*_figures_differ(home, expected["published"]), *_rows_differ(home, expected), *_leftovers(home)]
    before = set(expected["acknowledged"])
    if lost := before - set(acknowledged(home)):
        found.append(f"acknowledged and gone: {sorted(lost)[:3]}")
    return found


def _figures_differ(home: Path, wanted: Published) -> Iterator[str]:
    for name, read in (("served", read_published(home)), ("pointed", pointed(home))):
        if read is None or read.keys() != wanted.keys():
            yield f"{name}: other figures than the model's"
        elif wrong := [k for k in wanted if (read[k][0], Decimal(read[k][1])) != (wanted[k][0], Decimal(wanted[k][1]))]:
            yield f"{name}: {wrong[0]} is {read[wrong[0]]}, must be {wanted[wrong[0]]}"


def _rows_differ(home: Path, expected: dict[str, Any]) -> Iterator[str]:
    receipts = _receipts(home)
    for receipt in receipts:
        if receipt["received"] != receipt["landed"] + receipt["quarantined"] + receipt["duplicates"]:
            yield f"{receipt['feed']} {receipt['batch_seq']}: rows unaccounted for"
        kept = list((home / "vault" / receipt["feed"]).glob(f"{receipt['batch_id']}*"))
        if not kept and receipt["rule"] != "irregular":
            yield f"{receipt['feed']} {receipt['batch_seq']}: its original is not in the vault"
    for feed, wanted in expected["landed"].items():
        mine = [receipt for receipt in receipts if receipt["feed"] == feed]
        landed = [r for r in mine if r["status"] == "landed"]
        rows = _landed_rows(home, feed)
        if sum(rows.values()) != wanted or len(rows) != wanted:
            yield f"{feed}: {sum(rows.values())} rows lie there, {len(rows)} of them different, {wanted} were to land"
        by_batch = Counter(batch for batch, _ in rows)
        if any(by_batch[r["batch_id"]] != r["landed"] for r in landed) or sum(r["landed"] for r in landed) != wanted:
            yield f"{feed}: receipts and rows tell different stories"
        aside, wanted_aside = len(_aside(home, feed)), expected["aside"].get(feed, 0)
        if aside != wanted_aside or sum(r["quarantined"] for r in landed) != wanted_aside:
            yield f"{feed}: {aside} rows set aside, {wanted_aside} were to be"
        if missing := set(expected["sent"].get(feed, [])) - {r["file_name"].partition("!")[0] for r in mine}:
            yield f"{feed}: no receipt for {sorted(missing)}"


def _leftovers(home: Path) -> Iterator[str]:
    """Nothing waits, nothing half-written stays, but for what goes by its age (a sentinel without its file after ten
    minutes, the mark of a run without a name after one) and half a page, which goes when that page is written next."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        is_sentinel = name.startswith("inbox/") and name.endswith((".ok", ".manifest.json")) and path.name[0] != "."
        is_known = is_sentinel or name.startswith(("logs/runs/now/.", "site/."))
        is_scratch = path.name.startswith(".") or path.suffix in (".tmp", ".pending", ".part", ".wal")
        if (path.is_file() or path.is_symlink()) and (is_scratch or name.startswith("inbox/")) and not is_known:
            yield f"left over: {name}"


def _receipts(home: Path) -> list[dict[str, Any]]:
    single = [json.loads(path.read_bytes()) for path in sorted(home.glob("receipts/*/*.json"))]
    packed = [json.loads(line) for path in sorted(home.glob("receipts/*/*.jsonl")) for line in path.open("rb")]
    return list({(r["feed"], r["batch_seq"]): r for r in [*packed, *single]}.values())


def _landed_rows(home: Path, feed: str) -> Counter[tuple[str, int]]:
    """Each landed row by delivery and number, with how often it lies there; every value is read."""
    folder = home / "landing" / feed
    if not (folder / "_delta_log").is_dir():
        return Counter()
    files = [uri.removeprefix("file://") for uri in DeltaTable(folder).file_uris()]
    with duckdb.connect() as connection:
        query = "SELECT batch_id, row_no, hash(t) FROM read_parquet(?, union_by_name = true) t"
        return Counter((batch, row) for batch, row, _ in connection.execute(query, [files]).fetchall())


def _aside(home: Path, feed: str) -> list[Any]:
    files = [str(path) for path in sorted((home / "quarantine" / feed).glob("*.parquet"))]
    if not files:
        return []
    with duckdb.connect() as connection:
        return connection.execute("SELECT batch_id, row_no, rule FROM read_parquet(?)", [files]).fetchall()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _seen(home: Path) -> dict[str, Any]:
    return {"served": read_published(home), "pointed": pointed(home), "receipts": acknowledged(home)}


def serve() -> None:
    """Answer line by line: `readers` what they see at this moment, `rest` what is wrong once all has come to rest."""
    for line in sys.stdin:
        order = json.loads(line)
        home = Path(order["home"])
        try:
            answer: Any = _seen(home) if order["ask"] == "readers" else problems(home, order["expected"])
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is what the harness must tell
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
