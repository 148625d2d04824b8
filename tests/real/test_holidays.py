"""The official calendar of the seeds is that of the State Council's notices, day by day, as others transcribed them."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import PROJECT_ROOT

YEARS = range(2007, 2027)
# The notices of 2007 and 2008 still called two holidays by their dates.
RENAMED = {"“五一”": "劳动节", "“五一”国际劳动节": "劳动节", "“十一”": "国庆节"}
NOTICE = re.compile(r"国(办)?发明电〔(\d{4})〕\d{1,2}号")


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def published(data: Path) -> dict[int, Any]:
    """The transcription, a file a year; the days around New Year stand in the next year's file."""
    files = {year: data / "holidays_cn" / f"{year}.json" for year in YEARS}
    return {year: json.loads(path.read_text(encoding="utf-8")) for year, path in files.items()}


def test_the_calendar_is_the_published_one_day_by_day(published: dict[int, Any]) -> None:
    days = [day for file in published.values() for day in file["days"]]
    theirs = {day["date"]: (not day["isOffDay"], RENAMED.get(day["name"], day["name"])) for day in days}
    rows = seed("calendar")
    ours = {row["date"]: (row["is_workday"] == "true", row["name_zh"]) for row in rows}
    assert len(ours) == len(rows)
    assert ours == theirs


def test_every_spring_festival_is_a_day_off_of_that_name(published: dict[int, Any]) -> None:
    off = {
        day["date"] for file in published.values() for day in file["days"] if day["isOffDay"] and day["name"] == "春节"
    }
    festivals = {int(row["year"]): row["festival_date"] for row in seed("spring_festival")}
    assert [festivals[year] for year in YEARS if festivals[year] not in off] == []


def test_every_day_names_its_notice_and_a_year_has_as_many_as_were_published(published: dict[int, Any]) -> None:
    notice = {row["date"]: (row["source_zh"], row["notice_no"]) for row in seed("calendar")}
    titles = defaultdict(set)
    for title, number in notice.values():
        found = NOTICE.fullmatch(number)
        assert found, f"{title}: {number}"
        assert title.startswith("国务院办公厅") == (found[1] is not None), "only the General Office writes 国办发明电"
        titles[number].add(title)
    assert all(len(found) == 1 for found in titles.values()), "one number, one notice"
    for year, file in published.items():
        numbers = {notice[day["date"]][1] for day in file["days"]}
        assert len(numbers) == len(file["papers"]), year
        issued = {int(found[2]) for found in map(NOTICE.fullmatch, numbers) if found}
        assert year - 1 in issued, year
        assert issued <= {year - 1, year}, year
