"""Classes of personal data and sharing attributes: what nobody has graded is not shared, what is sensitive stays."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from citypulse.contract_page import contract_page
from ingestion.contract import Column, Contract, Sharing, load_contracts
from ingestion.settings import load_settings

COLUMN = {"name": "a", "header": ["甲"], "meaning_zh": "甲", "meaning_en": "a"}
CONTRACTS = load_contracts(load_settings())


@pytest.mark.parametrize(
    ("said", "data_class"),
    [
        ({"type": "text"}, "general"),
        ({"type": "integer", "data_class": "personal"}, "personal"),
        ({"type": "phone", "personal": "token"}, "personal"),
        ({"type": "place", "personal": "token"}, "personal"),
        ({"type": "text", "personal": "drop", "data_class": "sensitive"}, "sensitive"),
    ],
)
def test_what_landing_protects_is_personal_by_itself(said: dict[str, Any], data_class: str) -> None:
    assert Column.model_validate(COLUMN | said).data_class == data_class


@pytest.mark.parametrize(
    "said",
    [
        {"type": "text", "data_class": "sensitive"},
        {"type": "phone", "personal": "token", "data_class": "general"},
        {"type": "text", "data_class": "secret"},
    ],
)
def test_a_class_that_contradicts_itself_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Column.model_validate(COLUMN | said)


def test_a_contract_that_says_nothing_is_not_shared() -> None:
    said = CONTRACTS["grid_event"].model_dump(mode="json", exclude={"sharing"})
    assert Contract.model_validate(said).sharing == Sharing()
    assert Sharing().attribute == "not_shared"


def test_the_page_of_a_contract_tells_class_attribute_and_basis() -> None:
    page = contract_page(CONTRACTS["hotline_city"])
    assert "有条件共享 conditional" in page
    assert "待确认 · to be confirmed" in page
    assert "| 指纹 fingerprint | 敏感 sensitive |" in page
