"""Where the API of a feed is: from the settings of this installation, checked before anything is sent there."""

from __future__ import annotations

import httpx

from ingestion.contract import Contract
from ingestion.errors import ContractError
from ingestion.settings import HttpSource, http_source, http_variable


def known_source(contract: Contract) -> HttpSource:
    """The feed's source system. Raises ContractError naming the variable that is missing or wrong, never its value."""
    source = http_source(contract.source_system)
    if not _is_plain(source.url):
        raise ContractError(
            f"{contract.feed}: {http_variable(contract.source_system, 'URL')} is not set to a plain http(s) address.",
            next_step="set it to the base address of the API; a token goes into the variable that ends in _TOKEN.",
        )
    if not (source.token.isascii() and source.token.isprintable()):
        raise ContractError(
            f"{contract.feed}: {http_variable(contract.source_system, 'TOKEN')} holds characters no token has.",
            next_step="set it anew, without quotes or line ends.",
        )
    return source


def _is_plain(address: str) -> bool:
    """Secrets written into an address would show in logs, so there is no place for them."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host) and not (url.userinfo or url.query or url.fragment)
