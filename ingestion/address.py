"""An address cut down to its building, so that two flats of one house give one token and no door is told apart."""

from __future__ import annotations

import re
import unicodedata

NUMBER = "[0-9A-Z一二三四五六七八九十百甲乙丙丁]+"
DASHES = str.maketrans(dict.fromkeys("‐‑–—―−～~", "-"))
NOISE = re.compile(r"[^\w#-]|_")
BLOCK = re.compile(rf"^(.*?{NUMBER}(?:-[0-9]+)?)(?:号楼|栋|幢|座)")
DOORS = re.compile(r"^(.*?[0-9]+)(?:-[0-9]+){1,2}(?:室|户)?$")
HOUSE = re.compile(rf"^(.*?{NUMBER}(?:-[0-9]+)?号)(?!线)")
ROOM = re.compile(rf"(?:{NUMBER}(?:单元|门洞|层|楼).*|[0-9A-Z-]*[0-9](?:室|户|房)|(?<![0-9])[0-9]{{3,4}})$")
LONGEST = 200  # characters; no address has more, and looking for a number in a text takes the square of its length
NOTHING = {"无", "空", "暂无", "不详", "未知", "不明", "未提供"}


def building(address: str) -> str:
    """The building an address names, in one spelling: `…３栋2单元501`, `…3号楼501室` and `…3-2-501` are one.

    The most exact word wins: a block (号楼, 栋, 幢, 座) before a house number (号, 号院); without either, what looks
    like a floor or a room is cut from the end. Empty when nothing but a room is named, or nothing. Of a text longer
    than any address the beginning counts.
    """
    folded = unicodedata.normalize("NFKC", address).translate(DASHES).upper()
    plain = NOISE.sub("", folded)[:LONGEST].replace("#楼", "号楼").replace("#", "号楼").replace("号院", "号").strip("-")
    if plain in NOTHING:
        return ""
    if found := BLOCK.match(plain) or DOORS.match(plain):
        return f"{found[1]}号楼"
    if found := HOUSE.match(plain):
        return found[1]
    return ROOM.sub("", plain)
