"""What an enemy would send, and the verdict on each: the table that `test_hostile_list.py` tries line by line."""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingestion.contract import Contract, load_contracts
from ingestion.settings import load_settings
from tests.feeds.forms import write_delivery
from tests.feeds.test_bundles import UNTRUSTED
from tests.feeds.test_hostile import readings

CONTRACTS = load_contracts(load_settings())
HEATING = CONTRACTS["heating_room_temperature"]
GRID = CONTRACTS["grid_event"]
EVENTS = CONTRACTS["hotline_province_event"]
CASES = CONTRACTS["hotline_province"]
EVENT = GRID.examples[0].source
LONG = 50 << 20
SPANS = b"<table><tr><td colspan=1000 rowspan=65000>" + b"<tr><td>x" * 6_000

FORMULAS = ("=1+1", '=cmd|"/C calc"!A0', "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)")
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></textarea><svg onload=alert(1)>",
    "<!--<iframe src='javascript:alert(1)'>",
    "&lt;script&gt;",
)
JINJA = ("{{ env_var('HOME') }}", "{% for x in ().__class__.__mro__ %}x{% endfor %}", "{{ 7 * 7 }}", "{# x")
SQL = ("x'; DROP TABLE staged; --", 'x"; DROP TABLE staged; --', "x' UNION FROM read_text('/etc/passwd') --")
OTHERS = ("$(touch x)", "`touch x`", "%s%n", "${jndi:ldap://127.0.0.1/x}", "../../etc/passwd", "]]>", "_x0041_", "a\\")
TEXTS = (*FORMULAS, *SCRIPTS, *JINJA, *SQL, *OTHERS)


@dataclass(frozen=True)
class Payload:
    """A file that is sent. `verdict` is `landed`, `refused:RULE`, or `aside:RULE` for a bad row among good ones."""

    label: str
    contract: Contract
    name: str | bytes
    content: Callable[[], bytes]
    verdict: str


def csv_with(line: str) -> bytes:
    """Two good rows with a line between."""
    header, *rows = readings("P1", "P2").decode().splitlines()
    return "\n".join([header, rows[0], line, rows[1], ""]).encode()


def json_with(line: str) -> bytes:
    """Two good lines with one between."""
    good = [json.dumps(EVENT | {"event_no": number}, ensure_ascii=False) for number in ("G1", "G2")]
    return "\n".join([good[0], line, good[1], ""]).encode()


def wide() -> bytes:
    first, *rest = readings("P1").decode().splitlines()
    return "\n".join([first + ",x" * 1_000_000, *rest, ""]).encode()


def book(part: str, *changes: tuple[str, str]) -> bytes:
    """A workbook of one case with texts in one of its parts replaced."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        sound = write_delivery(CASES, [CASES.examples[0].source], Path(folder) / "a.xlsx").with_suffix("")
        with zipfile.ZipFile(f"{sound}.xlsx") as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                content = old.read(name).decode()
                for before, after in changes if name.endswith(part) else ():
                    if before not in content:
                        raise LookupError(f"{before} is not in {name}")
                    content = content.replace(before, after)
                new.writestr(name, content)
    return out.getvalue()


def cell_at(place: str) -> tuple[str, str]:
    row = "".join(filter(str.isdigit, place))
    return "</sheetData>", f'<row r="{row}"><c r="{place}"><v>777</v></c></row></sheetData>'


def entities(declared: str, used: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("<sst", f"<!DOCTYPE x [{declared}]><sst"), ("<t>样例热力公司", f"<t>&{used};")


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
SECRET = '<!ENTITY x SYSTEM "file:///etc/passwd">'
FORMULA = ("<v>777</v>", "<f>1+1</f>")
NAMES: tuple[str | bytes, ...] = (
    *("[1].csv", "*.csv", "?.csv", "src=forged.csv", "business_period=2020-01-01.csv", "-rf.csv", "~.csv", "C:\\a.csv"),
    *("a\nb.csv", "a\u202evsc.csv", "a\x1b[2J.csv", b"\xff\xfe.csv", "x" * 251 + ".csv", "x\\..\\a.csv"),
    *(f"{text.replace('/', '').lstrip('.')}.csv" for text in TEXTS),
)


def _sheet(label: str, verdict: str, *changes: tuple[str, str]) -> Payload:
    return Payload(label, CASES, "a.xlsx", lambda: book("sheet1.xml", *changes), verdict)


def _words(label: str, verdict: str, *changes: tuple[str, str]) -> Payload:
    return Payload(label, CASES, "a.xlsx", lambda: book("sharedStrings.xml", *changes), verdict)


def _page(label: str, verdict: str, content: Callable[[], bytes]) -> Payload:
    return Payload(label, EVENTS, "a.xls", content, verdict)


def _csv(label: str, verdict: str, content: Callable[[], bytes]) -> Payload:
    return Payload(label, HEATING, "a.csv", content, verdict)


def _json(label: str, verdict: str, line: Callable[[], str]) -> Payload:
    return Payload(label, GRID, "a.jsonl", lambda: json_with(line()), verdict)


def _event(**members: str) -> str:
    return json.dumps(EVENT | {"event_no": "G3"} | members)


def _zip(number: int, content: bytes, rule: str) -> Payload:
    return Payload(f"zip {number}", HEATING, "a.zip", lambda: content, f"refused:{rule}")


def _name(number: int, name: str | bytes) -> Payload:
    return Payload(f"name {number}", HEATING, name, lambda: readings(f"N{number}"), "landed")


FILES = [
    *(_zip(number, content, rule) for number, (content, rule) in enumerate(UNTRUSTED)),
    _sheet("bomb", "refused:bomb", ("</sheetData>", "</sheetData>" + " " * (40 << 20))),
    _sheet("far cell", "refused:too_large", cell_at("XFD1048576")),
    _sheet("far row", "aside:missing", cell_at("B90000")),
    _sheet("huge dimension", "landed", ("A1:K4", "A1:XFD1048576")),
    _sheet("formula without a value", "landed", cell_at("A5"), FORMULA),
    _words("entity bomb", "refused:workbook", *entities(LAUGHS, "a9")),
    _words("foreign entity", "refused:workbook", *entities(SECRET, "x")),
    _page("spans without end", "refused:too_large", lambda: SPANS),
    _page("tables without end", "refused:header", lambda: b"<table><tr><td>" * 50_000),
    _page("tags without end", "refused:too_large", lambda: b"<table>" + b"<a x='" * 60_000),
    _csv("a million columns", "refused:header", wide),
    _csv("a million fields", "aside:field_count", lambda: csv_with("," * 1_000_000)),
    _csv("a line of 50 MB", "aside:quote", lambda: csv_with("x" * LONG)),
    _csv("a header of 50 MB", "refused:header", lambda: b"x" * LONG + b"\n1\n"),
    _csv("a million quotes", "aside:field_count", lambda: csv_with('"' * 1_000_000)),
    _csv("a quote without end", "refused:open_quote", lambda: csv_with('"P9')),
    _json("a JSON line of 50 MB", "refused:unreadable", lambda: _event(x="x" * LONG)),
    _json("JSON a million deep", "aside:not_json", lambda: "[" * 1_000_000),
    _json("JSON closed, and deep", "aside:missing_member", lambda: '{"a":' * 99_999 + "1" + "}" * 99_999),
    _json("half a character", "aside:not_json", lambda: _event(item_code="\ud800")),
    _json("a NUL in JSON", "aside:nul", lambda: _event(item_code="a\0b")),
    _json("a number without end", "aside:not_a_number", lambda: _event(lon="9" * 400)),
    _json("digits without end", "aside:pattern", lambda: _event(grid_code="2" * 1_000_000)),
    *(_name(number, name) for number, name in enumerate(NAMES)),
]
IRREGULAR: dict[str, Callable[[Path], object]] = {
    "link to a file": lambda path: path.symlink_to("/etc/passwd"),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "pipe": os.mkfifo,
    "socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
}
