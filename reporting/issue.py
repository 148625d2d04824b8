"""What becomes of a written brief: a draft first, then issued or rejected; only issuing moves what readers follow.

`briefs/latest.json` points at the brief issued last and, under `kinds`, at the newest of each kind; `stale` says for
which kinds none could be issued since, and why. The front page of the site shows the same. A draft is told by its state
file, `briefs/<release>/state_<kind>_<period>.json`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ingestion.durable import exclusive, write_file
from ingestion.errors import NothingToDo
from ingestion.settings import Settings
from reporting.period import Kind

log = logging.getLogger(__name__)
State = Literal["draft", "issued", "rejected"]


@dataclass(frozen=True)
class Draft:
    """A brief whose files lie in the folder of its release. `data_as_of` is ISO local time, `files` below `briefs`."""

    kind: Kind
    period: str
    release_id: str
    data_as_of: str
    checks_passed: int
    checks_total: int
    days_covered: int
    days: int
    files: tuple[str, ...]
    state: State = "draft"

    def paths(self, settings: Settings) -> list[Path]:
        return [settings.briefs / name for name in self.files]


@dataclass(frozen=True)
class Stale:
    """Why the brief of a period was not issued, and since when that is so; `data_as_of` is empty without a release."""

    kind: Kind
    period: str
    data_as_of: str
    since: str
    reason_zh: str
    reason_en: str


@contextmanager
def writing(settings: Settings) -> Iterator[None]:
    """One writer of briefs at a time. Raises WarehouseBusy for the second."""
    with exclusive(settings.locks / "briefs.lock", "The brief"):
        yield


def keep_file(path: Path, content: bytes) -> None:
    """Write a file of a brief, or one that lies beside it, inside `writing`: the old one stays until it is whole."""
    write_file(path, content, "brief.file")


def keep_draft(settings: Settings, draft: Draft) -> Draft:
    """Remember a draft, inside `writing`; what is issued stays so, for the same release gives the same bytes.

    Areas of a brief may be written one by one: the files known already stay with it.
    """
    known = read_draft(settings, draft.release_id, draft.kind, draft.period)
    if known is not None:
        state: State = "issued" if known.state == "issued" else draft.state
        draft = replace(draft, state=state, files=tuple(dict.fromkeys([*known.files, *draft.files])))
    _keep(settings, draft)
    return draft


def read_draft(settings: Settings, release_id: str, kind: Kind, period: str) -> Draft | None:
    """The brief of a release as it stands, or None when none was written."""
    try:
        content = json.loads(_state(settings, release_id, kind, period).read_bytes())
    except FileNotFoundError:
        return None
    return Draft(**{**content, "files": tuple(content["files"])})


def issue(settings: Settings, draft: Draft) -> None:
    """Send readers to this brief, and forget that its kind was stale."""
    with writing(settings):
        _keep(settings, replace(draft, state="issued"))
        pointer = read_pointer(settings)
        names = ("release_id", "kind", "period", "data_as_of", "files")
        found = {name: value for name, value in asdict(draft).items() if name in names}
        pointer |= {name: found[name] for name in names}
        kinds = pointer.setdefault("kinds", {})
        found["files"] = [*found["files"], *_of_other_areas(draft, kinds.get(draft.kind))]
        if draft.kind not in kinds or kinds[draft.kind]["period"] <= draft.period:  # periods sort by their names
            kinds[draft.kind] = found
        pointer["stale"] = {kind: note for kind, note in pointer.get("stale", {}).items() if kind != draft.kind}
        _point(settings, pointer)
    log.info("brief=issued kind=%s period=%s release=%s", draft.kind, draft.period, draft.release_id)


def _of_other_areas(draft: Draft, known: dict[str, Any] | None) -> list[str]:
    """Files of the same period that an earlier release gave for areas this one was not written for."""
    if known is None or known["period"] != draft.period:
        return []
    written = {_area(name) for name in draft.files}
    return [name for name in known["files"] if _area(name) not in written]


def _area(file: str) -> str:
    """The area a file tells of; "" for the city, whose files lie beside the folders of its districts."""
    parts = Path(file).parts
    return parts[1] if len(parts) > 2 else ""


def reject(settings: Settings, draft: Draft) -> None:
    """Note that a draft was not approved. Raises NothingToDo when it has been issued meanwhile."""
    with writing(settings):
        known = read_draft(settings, draft.release_id, draft.kind, draft.period)
        if known is not None and known.state == "issued":
            raise NothingToDo(f"The {draft.kind} brief {draft.period} has been issued meanwhile.")
        _keep(settings, replace(draft, state="rejected"))
    log.info("brief=rejected kind=%s period=%s release=%s", draft.kind, draft.period, draft.release_id)


def mark_stale(settings: Settings, note: Stale) -> Stale:
    """Tell readers that no newer brief of a kind can come, and why; `since` stays what it was first."""
    with writing(settings):
        pointer = read_pointer(settings)
        known = pointer.get("stale", {}).get(note.kind)
        if known is not None:
            note = replace(note, since=known["since"])
        pointer["stale"] = {**pointer.get("stale", {}), note.kind: asdict(note)}
        _point(settings, pointer)
    return note


def read_pointer(settings: Settings) -> dict[str, Any]:
    """What readers are sent to; empty before the first brief."""
    path = settings.briefs / "latest.json"
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def _point(settings: Settings, pointer: dict[str, Any]) -> None:
    write_file(settings.briefs / "latest.json", _json(pointer), "brief.latest")


def _keep(settings: Settings, draft: Draft) -> None:
    write_file(_state(settings, draft.release_id, draft.kind, draft.period), _json(asdict(draft)), "brief.state")


def _state(settings: Settings, release_id: str, kind: Kind, period: str) -> Path:
    return settings.briefs / release_id / f"state_{kind}_{period}.json"


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
