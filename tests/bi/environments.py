"""Small environments for drivers and tools that the project does not install, each made once per session."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from ingestion.durable import exclusive
from ingestion.settings import PROJECT_ROOT

WHEELS = "--only-binary", ":all:"


def environment(session_folder: Path, *packages: str) -> Path:
    """The folder of programs of an environment that holds these packages and what they need, `python` among them."""
    folder = session_folder / "environments" / "_".join(packages).replace("==", "_")
    folder.parent.mkdir(exist_ok=True)
    with exclusive(folder.parent / f"{folder.name}.lock", "The environment", patience=300):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, packages)
            (folder / "done").touch()
    return folder / "bin"


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv") or shutil.which(PROJECT_ROOT / ".tools" / "bin" / "uv"):
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "-q", *WHEELS, "--python", python, *packages], check=True)
        return
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [python, "-I", "-m", "pip"]  # isolated: the watch over sockets would tell of the package index
    subprocess.run([*pip, "install", "-q", "--disable-pip-version-check", *WHEELS, *packages], check=True)
