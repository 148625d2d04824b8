"""The run that the others look at came to its end."""

from __future__ import annotations

from ingestion.settings import Settings
from warehouse.serving import current_release, verify_release


def test_the_city_is_published_and_whole(whole_city: Settings) -> None:
    assert current_release(whole_city)
    assert verify_release(whole_city) == []
    assert list(whole_city.briefs.glob("r*/brief_*.pdf"))
