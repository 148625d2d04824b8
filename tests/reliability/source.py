"""A sender of three feeds, from a seed: corrections, files sent twice, broken rows, broken files, zips, messages.

What he sent he remembers as plain rows: `model.py` says from them alone what the city must read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOMS, CASES, MESSAGES = "heating_room_temperature", "hotline_city", "heating_room_message"
FEEDS = (ROOMS, CASES, MESSAGES)
FIRST = datetime(2026, 1, 5)
HEAD = {
    ROOMS: ["point_id", "measured_at", "temperature", "room_type", "customer_status", "street_code", "enterprise"],
    CASES: [
        *("工单编号", "受理渠道", "诉求类型", "问题分类", "三级分类", "紧急程度", "是否保密", "来电人", "联系电话"),
        *("是否匿名", "所属区县", "所属街道", "事发地址", "诉求内容", "承办单位", "工单状态", "来电时间", "派单时间"),
        *("办理时限", "办结时间", "回访时间", "是否解决", "满意度", "更新时间"),
    ],
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One file as it was sent. `rows` is None where nothing in it can be read."""

    feed: str
    name: str
    rows: list[Row] | None


@dataclass
class Sender:
    """Writes round after round into an inbox; the same seed sends the same bytes."""

    seed: int
    sent: list[Sent] = field(default_factory=list)
    _number: int = 0

    def send(self, home: Path, round_: int, size: int = 12) -> list[Sent]:
        """One round for each feed, oldest first by name and by time of change."""
        dice = random.Random(f"{self.seed}:{round_}")
        before = len(self.sent)
        self._rooms(home, dice, round_, size)
        self._cases(home, dice, round_, size)
        self._messages(home, dice, round_, size)
        return self.sent[before:]

    def trickle(self, home: Path, round_: int, files: int) -> None:
        """Many small files of one day, as a gateway sends them."""
        for number in range(files):
            dice = random.Random(f"{self.seed}:trickle:{number}")
            row = _reading(dice, f"T{number:03d}", round_)
            self._put(home, ROOMS, "csv", _csv(ROOMS, [row]), [row])

    def link(self, home: Path) -> None:
        """No file at all."""
        name = f"{self._next():04d}_link.csv"
        (home / "inbox" / ROOMS / name).symlink_to("nowhere")
        self.sent.append(Sent(ROOMS, name, None))

    def devices(self, round_: int, size: int = 6) -> list[bytes]:
        """Lines that a collector has heard and not yet sealed; they count as sent."""
        dice = random.Random(f"{self.seed}:devices:{round_}")
        rows = [_message(dice, f"D{n:03d}", round_) for n in range(size)]
        self.sent.append(Sent(MESSAGES, "", rows))
        return [json.dumps(row).encode() + b"\n" for row in rows]

    # one feed each

    def _rooms(self, home: Path, dice: random.Random, round_: int, size: int) -> None:
        rows = [_reading(dice, f"P{n:03d}", round_) for n in range(size)]
        rows[0]["temperature"] = dice.choice(["NaN", "", "十八", "1E999"])
        data = _csv(ROOMS, rows)
        self._put(home, ROOMS, "csv", data, rows)
        corrected = [rows[n] | {"temperature": f"{dice.uniform(10, 26):.2f}"} for n in range(1, 4)]
        self._put(home, ROOMS, "csv", _csv(ROOMS, corrected), corrected)
        self._put(home, ROOMS, "csv", data, rows)  # the first file once more, under another name
        if dice.random() < 0.5:
            self._put(home, ROOMS, "csv", b"point_id,when\nP1,now\n", None)
        self.link(home)

    def _cases(self, home: Path, dice: random.Random, round_: int, size: int) -> None:
        members = []
        for part in range(2):
            rows = [_case(dice, f"2026{round_:02d}{part}{n:03d}", round_) for n in range(size)]
            rows[0]["来电时间"] = "2026-02-30 08:00:00"
            members.append((f"工单{part}.csv", _csv(CASES, rows), rows))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data, _ in members:
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0)), data)
        self._put(home, CASES, "zip", packed.getvalue(), [row for _, _, rows in members for row in rows])
        closed = {"工单状态": "已结案", "是否解决": "是", "更新时间": f"{_day(round_):%Y-%m-%d} 23:00:00"}
        later = [row | closed for row in members[0][2][1:4]]
        self._put(home, CASES, "csv", _csv(CASES, later), later)

    def _messages(self, home: Path, dice: random.Random, round_: int, size: int) -> None:
        rows = [_message(dice, f"M{n:03d}", round_) for n in range(size)]
        rows.append(rows[1] | {"citypulse_dup": True})
        rows.append({**rows[2], "t": "warm"})
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        self._put(home, MESSAGES, "jsonl", data, rows, manifest=True)

    # files

    def _put(
        self, home: Path, feed: str, ending: str, data: bytes, rows: list[Row] | None, *, manifest: bool = False
    ) -> None:
        path = home / "inbox" / feed / f"{self._next():04d}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if manifest:
            said = {"rows": len(rows or []), "sha256": hashlib.sha256(data).hexdigest()}
            path.with_name(f"{path.name}.manifest.json").write_text(json.dumps(said))
        else:
            path.with_name(f"{path.name}.ok").touch()
        self.sent.append(Sent(feed, path.name, rows))

    def _next(self) -> int:
        self._number += 1
        return self._number


def _day(round_: int) -> datetime:
    return FIRST + timedelta(days=round_)


def _reading(dice: random.Random, point: str, round_: int) -> Row:
    at = _day(round_) + timedelta(hours=dice.randrange(24))
    cold = dice.random() < 0.1  # below zero, as sent by meters that know no sign
    temperature = f"{6553.6 - dice.randrange(1, 90) / 10:.1f}" if cold else f"{dice.uniform(9, 27):.2f}"
    row = [point, f"{at:%Y-%m-%d %H:%M:%S}", temperature, "bedroom", "on", "210202001", "样例热力公司"]
    return dict(zip(HEAD[ROOMS], row, strict=True))


def _case(dice: random.Random, number: str, round_: int) -> Row:
    at = f"{_day(round_):%Y-%m-%d} {dice.randrange(8, 20):02d}:00:00"
    solved = dice.choice(["是", "否", ""])
    said = {"工单编号": number, "受理渠道": "电话", "诉求类型": "投诉", "问题分类": "供热", "紧急程度": "一般"}
    said |= {"是否保密": "否", "来电人": "样例人", "联系电话": f"100{dice.randrange(10**8):08d}", "是否匿名": "否"}
    said |= {"所属区县": "中山区", "诉求内容": f"样例诉求{number}", "工单状态": "待派遣", "是否解决": solved}
    return dict.fromkeys(HEAD[CASES], "") | said | {"来电时间": at, "更新时间": at}


def _message(dice: random.Random, point: str, round_: int) -> Row:
    at = _day(round_) + timedelta(minutes=dice.randrange(24 * 60))
    came = {"citypulse_received_at": f"{at + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}.250"}
    row = {"point_id": point, "ts": f"{at:%Y-%m-%dT%H:%M:%S}+08:00", "t": round(dice.uniform(9, 27), 1)}
    return {**row, **came, "citypulse_retained": False, "citypulse_dup": False}


def _csv(feed: str, rows: list[Row]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    if feed == CASES:
        out.writerow(["样例数据", *[""] * (len(HEAD[feed]) - 1)])
    out.writerow(HEAD[feed])
    out.writerows([row[name] for name in HEAD[feed]] for row in rows)
    if feed == CASES:
        out.writerow(["合计", len(rows), *[""] * (len(HEAD[feed]) - 2)])
    return text.getvalue().encode("gb18030" if feed == CASES else "utf-8")
