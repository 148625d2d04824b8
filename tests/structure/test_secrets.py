"""What holds a secret never shows it: not in a repr, and so in no log, no traceback and no failed comparison."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from ingestion import settings as door
from ingestion.privacy import TokenKey
from ingestion.settings import http_source, mqtt_broker, postgres_target, webhook
from tests.structure.repo import PACKAGES, place, python_files, tree

HOLDS_ONE = re.compile(r"(.*_)?(secret|password|passphrase|token|credential|private_key|api_key)s?")
CANARY = "canary-7c1e0b"
# Where a setting of the environment ends, by its variable; a new secret needs a line, or the test below says so.
SHOWN_BY = {
    "CITYPULSE_HTTP_CITY_12345_TOKEN": lambda: http_source("CITY_12345"),
    "CITYPULSE_MQTT_PASSWORD": mqtt_broker,
    "CITYPULSE_POSTGRES_URL": postgres_target,
    "CITYPULSE_WEBHOOK_URL": webhook,
    "CITYPULSE_WEBHOOK_SECRET": webhook,
}


def fields(module: ast.Module) -> Iterator[ast.AnnAssign]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield from (line for line in node.body if isinstance(line, ast.AnnAssign))


def shows_a_secret(line: ast.AnnAssign) -> bool:
    if not (isinstance(line.target, ast.Name) and HOLDS_ONE.fullmatch(line.target.id)):
        return False
    said = line.value.keywords if isinstance(line.value, ast.Call) else []
    return not any(word.arg == "repr" and ast.unparse(word.value) == "False" for word in said)


def test_no_field_that_holds_a_secret_shows_it() -> None:
    shown = [
        f"{place(path)}, line {line.lineno}"
        for path in python_files("dags", *PACKAGES)
        for line in fields(tree(path))
        if shows_a_secret(line)
    ]
    assert shown == [], "write field(repr=False)"


@pytest.mark.parametrize(
    ("line", "is_shown"),
    [
        ("secret: bytes", True),
        ("api_token: str = ''", True),
        ("password: str = field(default='')", True),
        ("password: str = field(default='', repr=False)", False),
        ("token_digest: str", False),
        ("tokens_made: int", False),
    ],
)
def test_the_check_knows_such_a_field(line: str, is_shown: bool) -> None:
    assert any(map(shows_a_secret, fields(ast.parse(f"class Held:\n    {line}\n")))) == is_shown


@pytest.mark.parametrize("variable", SHOWN_BY)
def test_a_secret_of_the_environment_is_taken_and_not_shown(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, CANARY)
    held = SHOWN_BY[variable]()
    assert CANARY in [getattr(held, name) for name in vars(held)]
    assert CANARY not in f"{held} {held!r}"


def test_every_secret_of_the_environment_is_looked_at() -> None:
    described = re.findall(r"^\| (CITYPULSE_\w+[^|]*?) \|", door.__doc__ or "", re.MULTILINE)
    names = {part.replace("<SOURCE_SYSTEM>", "CITY_12345") for cell in described for part in whole_names(cell)}
    secret = {name for name in names if re.search(r"_(TOKEN|PASSWORD|SECRET)$|(WEBHOOK|POSTGRES)_URL$", name)}
    assert secret == set(SHOWN_BY), "give the new variable its line in SHOWN_BY"


def whole_names(cell: str) -> list[str]:
    """`CITYPULSE_MQTT_USER, _PASSWORD` names two variables."""
    first, *rest = [part.strip() for part in cell.replace("<SOURCE_SYSTEM>", "CITY_12345").split(",")]
    stem = first.rpartition("_")[0]
    return [first, *(f"{stem}{part}" for part in rest)]


def test_the_key_of_the_tokens_is_not_shown() -> None:
    key = TokenKey("v1", CANARY.encode(), "sha256")
    assert CANARY not in f"{key} {key!r}"
