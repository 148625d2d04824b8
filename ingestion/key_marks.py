"""By what a token key is known again without being told: so that a restored home lands nothing with a strange one.

A mark is a token of a fixed text: who has no key can neither make it nor learn from it.
"""

from __future__ import annotations

import json

from ingestion.errors import ContractError
from ingestion.privacy import load_keys
from ingestion.settings import Settings

DOMAIN, TEXT = "mark", "of a citypulse token key"  # no kind of value has this domain


def key_marks(settings: Settings) -> dict[str, str]:
    """The mark of each version of the key; none where there is no key file yet, and none is made.

    Raises ContractError when the key file is damaged or open to others.
    """
    if not settings.key_file.exists():
        return {}
    return {version: key.token(DOMAIN, TEXT) for version, key in load_keys(settings).versions.items()}


def key_state(settings: Settings, expected: dict[str, str]) -> str:
    """What the key file is to rows whose key bore these marks.

    `right`, `another`, `missing`, `unreadable`, or `unknown` where there are no marks.
    """
    if not expected:
        return "unknown"
    try:
        found = key_marks(settings)
    except ContractError:
        return "unreadable"
    if not found:
        return "missing"
    shared = found.keys() & expected.keys()
    return "right" if shared and all(found[version] == expected[version] for version in shared) else "another"


def require_restored_key(settings: Settings) -> None:
    """Raise ContractError where this home was restored and the key that lies there is not that of its rows.

    Before anything lands: a first landing would make a new key, and no new token would match an old one.
    """
    try:
        expected = dict(json.loads(settings.restored.read_bytes())["key"])
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        step = "remove it, once the token key of the restored rows lies in its place."
        raise ContractError(f"{settings.restored.name} in the home is damaged.", next_step=step) from None
    state = key_state(settings, expected)
    if state not in ("right", "unknown"):
        raise ContractError(
            f"This home was restored from a backup, and the token key of its rows is not there: the file is {state}.",
            next_step=f"put that key to {settings.key_file.name}; or, should links to the old rows end, remove "
            f"{settings.restored.name} from the home.",
        )
