"""The manifest beside a delivered file: what its sender counted and hashed, held against what came."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from ingestion.errors import DeliveryRefused

ENDING = ".manifest.json"
LARGEST = 1 << 16
RESEND = "ask the sender to deliver the file and its manifest again."


class Manifest(BaseModel):
    """What the sender promises. Senders add keys of their own; only these are held against the file."""

    rows: Annotated[int, Field(ge=0, strict=True)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    period: Any = None

    def check_bytes(self, sha256: str) -> None:
        """Raises DeliveryRefused (`manifest_sha256`) when other bytes came than were sent."""
        if self.sha256.lower() != sha256:
            raise DeliveryRefused("manifest_sha256", "is not the file that its manifest describes.", next_step=RESEND)

    def check_rows(self, found: int) -> None:
        """Raises DeliveryRefused (`manifest_rows`) when the sender counted other than we do."""
        if self.rows != found:
            raise DeliveryRefused(
                "manifest_rows", f"holds {found} records, but its manifest says {self.rows}.", next_step=RESEND
            )


def read_manifest(delivered: Path) -> Manifest | None:
    """The manifest beside a file, if there is one. Raises DeliveryRefused (`manifest`) when it cannot be read."""
    path = beside(delivered)
    if not lies_there(path):
        return None
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8-sig") as stream:
            return Manifest.model_validate_json(stream.read(LARGEST))
    except (OSError, UnicodeDecodeError, ValidationError):
        raise DeliveryRefused(
            "manifest", "has a manifest without whole `rows` and `sha256`.", next_step=RESEND
        ) from None


def is_readable(delivered: Path) -> bool:
    """Whether a whole manifest lies beside a file."""
    try:
        return read_manifest(delivered) is not None
    except DeliveryRefused:
        return False


def lies_there(path: Path) -> bool:
    """Whether a companion lies there; beside a name as long as names may be, none can."""
    try:
        return path.is_file()
    except OSError:
        return False


def beside(delivered: Path) -> Path:
    """Where the manifest of a file lies."""
    return delivered.with_name(delivered.name + ENDING)
