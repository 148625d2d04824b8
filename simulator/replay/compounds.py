"""Replay of compounds and their companies (F061, F062, F071): four modes, committees where they may be formed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulator.replay.communities import codes
from simulator.replay.ledger import Ledger
from simulator.replay.places import CITY, Places
from simulator.replay.rows import Named

MODES = ("professional", "basic", "community", "self")
BEGUN = date(2022, 1, 1)
XIGANG = "210203"


def compounds(ledger: Ledger, places: Places) -> Iterator[Named]:
    """Those of the published district have its companies, one each; the others one company of their own."""
    listed = codes(ledger, places)
    eligible, formed = ledger.part("F062a", "denominator"), ledger.part("F062a", "numerator")
    of_xigang = ledger.part("F071j", "denominator")
    for n in range(ledger.part("F061a", "denominator")):
        area = XIGANG if n < of_xigang else CITY
        yield compound(n, listed[area][n % len(listed[area])], MODES[n % ledger.count("F061b")],
                       company=n if n < of_xigang else of_xigang, eligible=n < eligible, formed=n < formed)  # fmt: skip


def compound(n: int, community: str, mode: str, *, company: int, eligible: bool, formed: bool) -> Named:
    return {"compound_id": f"X{n:05d}", "valid_from": BEGUN, "compound_status": "in_use", "mode": mode,
            "households": 800, "committee": "owners_committee" if formed else "none", "is_eligible": eligible,
            "company_id": f"W{company:03d}" if mode != "none" else None, "community_code": community}  # fmt: skip


def companies(ledger: Ledger, places: Places) -> Iterator[Named]:
    for n in range(ledger.part("F071j", "denominator") + 1):
        yield {"company_id": f"W{n:03d}", "valid_from": BEGUN, "company_status": "in_use", "credit_grade": "A",
               "company_name": f"模拟物业{n:03d}公司"}  # fmt: skip
