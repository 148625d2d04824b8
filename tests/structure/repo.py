"""The repository as the structure tests read it: its files, what they import, what its YAML says."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.settings import PROJECT_ROOT, Settings

PACKAGES = ("ingestion", "warehouse", "expectations", "reporting", "simulator", "citypulse")
DBT = PROJECT_ROOT / "dbt_project"
# The built-in contracts and seeds, whatever the environment of the person who runs the tests says.
BUILT_IN = Settings(home=PROJECT_ROOT / "data", key_file=PROJECT_ROOT / "key")


@cache
def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((PROJECT_ROOT / folder).rglob("*.py"))]


@cache
def text_files() -> dict[str, str]:
    """Every text file that is, or could be, committed: path in the repository and content."""
    trusted = ["git", "-c", "safe.directory=*"]  # a checkout may belong to another user than who tests it
    listing = [*trusted, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=PROJECT_ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    contents = {name: (PROJECT_ROOT / name).read_bytes() for name in names if (PROJECT_ROOT / name).is_file()}
    return {name: content.decode("utf-8") for name, content in contents.items() if b"\0" not in content}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Every module or name a file imports, at any depth: `from a import b` gives `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def place(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


@cache
def load_yaml(path: Path) -> Any:
    """What a file says; shared by all who ask, so nobody changes it."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # ten times as fast as the plain one


def dbt_resources() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every model and seed that a dbt YAML file describes."""
    for path in sorted(DBT.glob("models/**/*.yml")) + sorted(DBT.glob("seeds/*.yml")):
        content = load_yaml(path)
        for kind in ("models", "seeds"):
            for resource in content.get(kind, []):
                yield path, resource


def public_models() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every model that a release shows."""
    return ((path, model) for path, model in dbt_resources() if model.get("access") == "public")


def is_bilingual(text: str) -> bool:
    """Whether a text reads '中文 / English'."""
    chinese, _, english = text.partition(" / ")
    return any("\u4e00" <= letter <= "\u9fff" for letter in chinese) and any(map(str.isascii, english))
