"""Free text becomes a fingerprint that can be compared but not read: an 8-byte minhash of its character bigrams.

Two texts agree in about as many of the eight bytes as the share of bigrams they have in common. Only letters count -
no phone, door number or date enters - and the arithmetic is our own, on code points: a fingerprint means the same with
every version of the engine. (b-bit minwise hashing: Li & König, WWW 2010.)
"""

from __future__ import annotations

PRIME = 2_147_483_647  # 2^31 - 1: a product of two residues fits a BIGINT
CODE_POINTS = 1 << 21  # a bigram is one number in this base
LEAST = 4
# (factor, summand) of each hash: any distinct residues would do, but these must never change
HASHES = (
    (1_082_527_613, 377_401_229),
    (1_933_704_227, 1_604_882_011),
    (752_218_369, 2_011_340_737),
    (1_517_960_881, 93_815_471),
    (286_455_107, 1_270_553_893),
    (2_098_341_577, 818_037_629),
    (1_203_377_953, 1_499_230_081),
    (619_841_273, 560_172_847),
)
WIDE_LETTERS = "".join(map(chr, [*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]))
LETTERS = "abcdefghijklmnopqrstuvwxyz" * 2


def with_fingerprints(columns: list[str], source: str) -> str:
    """SQL of a relation with these text columns of `source` replaced by their fingerprints."""
    for step in (_letters, _code_points, _bigrams, _fingerprint):
        replaced = ", ".join(f'{step(column)} AS "{column}"' for column in columns)
        source = f"(SELECT * REPLACE ({replaced}) FROM {source})"
    return source


def _letters(column: str) -> str:
    folded = f"translate(lower(\"{column}\"), '{WIDE_LETTERS}', '{LETTERS}')"
    return f"regexp_replace({folded}, '[^\\p{{L}}]', '', 'g')"


def _code_points(column: str) -> str:
    points = f"list_transform(string_split(\"{column}\", ''), lambda letter: unicode(letter)::BIGINT)"
    return f'CASE WHEN length("{column}") >= {LEAST} THEN {points} END'


def _bigrams(column: str) -> str:
    pair = f'("{column}"[place] * {CODE_POINTS} + second) % {PRIME}'
    return f'list_transform("{column}"[2:], lambda second, place: {pair})'


def _fingerprint(column: str) -> str:
    least = [
        f'list_min(list_transform("{column}", lambda pair: (pair * {factor} + {summand}) % {PRIME}))'
        for factor, summand in HASHES
    ]
    parts = " || ".join(f"lpad(to_hex({value} % 256), 2, '0')" for value in least)
    return f"lower({parts})"
