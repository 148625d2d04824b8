"""Invented persons in deliveries, and an independent model of their tokens: the definition, by the standard library."""

from __future__ import annotations

import hmac
import json
import shutil
from pathlib import Path
from typing import Any

from ingestion.contract import Contract, load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import seal, write_delivery

CONTRACTS = load_contracts(load_settings())
CITY, PROVINCE = CONTRACTS["hotline_city"], CONTRACTS["hotline_province"]
ANNA, BERT, CLEO = "10000000011", "10000000022", "10000000033"  # no number begins with 100
COLUMN = {"hotline_city": "联系电话", "hotline_province": "诉求人电话", "grid_event": "reporter_phone"}


def token_of(settings: Settings, version: str, number: str, domain: str = "phone") -> str:
    """What a number's token must be under a version of the key file."""
    key = json.loads(settings.key_file.read_text())["keys"][version]
    secret, digest = (key, "sha256") if isinstance(key, str) else (key["secret"], key["digest"])
    message = f"{domain}\x1f{number}".encode()
    return f"{version}:{hmac.new(bytes.fromhex(secret), message, digest).hexdigest()[:32]}"


def cases(*phones: str, contract: Contract = CITY, first: int = 1, **more: Any) -> list[dict[str, Any]]:
    """A case of each of these phones, with a name, an address and words that nobody else has."""
    column, example = COLUMN[contract.feed], contract.examples[0].source
    number, is_city = contract.column(contract.key[0]).header[0], contract is CITY
    return [
        example | {number: f"2026010500{place}", column: phone} | (_words(place, phone) if is_city else {}) | more
        for place, phone in enumerate(phones, start=first)
    ]


def _words(place: int, phone: str) -> dict[str, str]:
    return {"来电人": f"来电人{phone}", "事发地址": f"样例路{place}号", "诉求内容": f"样例诉求{phone}室温过低"}


def deliver(settings: Settings, rows: list[dict[str, Any]], name: str, contract: Contract = CITY) -> Path:
    """Land these rows as one file; returns its bytes' place outside the home, to deliver it again."""
    path = settings.inbox / contract.feed / name
    write_delivery(contract, rows, path)
    copy = settings.home.parent / "sent" / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(path.read_bytes())
    land_feed(settings, contract.feed)
    return copy


def deliver_again(settings: Settings, copy: Path, contract: Contract = CITY) -> None:
    """Land the very same bytes once more."""
    path = settings.inbox / contract.feed / copy.name
    path.write_bytes(copy.read_bytes())
    seal(path)
    land_feed(settings, contract.feed)


def copied(template: Path, folder: Path) -> Settings:
    """A home of a test's own: what `deliver` left in the template, and its key."""
    for name in ("home", "sent"):
        shutil.copytree(template / name, folder / name)
    shutil.copy2(template / "key.json", folder / "key.json")
    return Settings(home=folder / "home", key_file=folder / "key.json", memory="1GB")


def holding(folder: Path, *words: str) -> list[str]:
    """Files below a folder that hold any of these words, in either encoding."""
    sought = [word.encode(encoding) for word in words for encoding in ("utf-8", "gb18030")]
    found = [path for path in folder.rglob("*") if path.is_file() and any(w in path.read_bytes() for w in sought)]
    return sorted(str(path.relative_to(folder)) for path in found)
