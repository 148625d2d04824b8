"""Free text becomes a fingerprint that can be compared but not read: an 8-byte minhash of its character bigrams.

Two texts agree in about as many of the eight bytes as the share of bigrams they have in common. Only letters count, and
no numerals in words: no phone, door number or date enters. The arithmetic is our own, on code points, so a fingerprint
means the same with every version of the engine; its hashes come from the installation's key, so that short texts cannot
be tried out by who does not hold it. (b-bit minwise hashing: Li & König, WWW 2010.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

PRIME = 2_147_483_647  # 2^31 - 1: a product of two residues fits a BIGINT
CODE_POINTS = 1 << 21  # a bigram is one number in this base
LEAST = 4
BYTES = 8
NUMERALS = "〇零一二三四五六七八九十百千万两幺壹贰叁肆伍陆柒捌玖拾佰仟"
Hashes = list[tuple[int, int]]  # (factor, summand) of each of the eight hashes
WIDE_LETTERS = "".join(map(chr, [*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]))
LETTERS = "abcdefghijklmnopqrstuvwxyz" * 2


def hashes_of(number: Callable[[str], int]) -> Hashes:
    """The hashes of an installation; `number` gives a secret number for a name."""
    residues = [(number(f"factor{place}"), number(f"summand{place}")) for place in range(BYTES)]
    return [(1 + factor % (PRIME - 1), summand % PRIME) for factor, summand in residues]


def with_fingerprints(columns: list[str], source: str, hashes: Hashes) -> str:
    """SQL of a relation with these text columns of `source` replaced by their fingerprints."""
    for step in (_letters, _code_points, _bigrams, partial(_fingerprint, hashes)):
        replaced = ", ".join(f'{step(column)} AS "{column}"' for column in columns)
        source = f"(SELECT * REPLACE ({replaced}) FROM {source})"
    return source


def _letters(column: str) -> str:
    folded = f"translate(lower(\"{column}\"), '{WIDE_LETTERS}', '{LETTERS}')"
    return f"regexp_replace({folded}, '[^\\p{{L}}]|[{NUMERALS}]', '', 'g')"


def _code_points(column: str) -> str:
    points = f"list_transform(string_split(\"{column}\", ''), lambda letter: unicode(letter)::BIGINT)"
    return f'CASE WHEN length("{column}") >= {LEAST} THEN {points} END'


def _bigrams(column: str) -> str:
    pair = f'("{column}"[place] * {CODE_POINTS} + second) % {PRIME}'
    return f'list_transform("{column}"[2:], lambda second, place: {pair})'


def _fingerprint(hashes: Hashes, column: str) -> str:
    least = [
        f'list_min(list_transform("{column}", lambda pair: (pair * {factor} + {summand}) % {PRIME}))'
        for factor, summand in hashes
    ]
    parts = " || ".join(f"lpad(to_hex({value} % 256), 2, '0')" for value in least)
    return f"lower({parts})"
