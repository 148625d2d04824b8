"""From text to typed columns, in SQL built from the contract: clean, cast, and say which rule a row breaks.

Every value passes four layers: `r_` the text as delivered, `o_` typed at once where it needs no cleaning (cleaning
costs more than any cast), `c_` the rest cleaned, `t_` the value. Then one verdict per row, `broken_rule` =
"<column>|<rule>" of the first rule it breaks. No expression ever shows a value.
"""

from __future__ import annotations

from ingestion.contract import FLAW, FLAWS, MENDED, Column, Contract
from ingestion.errors import DeliveryRefused

WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
NARROW = "".join(chr(code) for code in range(0x21, 0x7F)) + " "
BLANKS = "' \t\r\n\u3000\u00a0'"
FOLDED_TYPES = {"code", "phone", "enum", "boolean", "integer", "decimal", "timestamp", "date"}
UNREADABLE = {
    "enum": "unknown_value",
    "boolean": "not_a_boolean",
    "integer": "not_an_integer",
    "decimal": "not_a_number",
    "timestamp": "not_a_timestamp",
    "date": "not_a_date",
}
APOSTROPHE = "''''"
ISO_SECONDS = "%Y-%m-%d %H:%M:%S"
ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][01][0-9](:?[0-5][0-9])?)?"
EPOCHS = {"epoch_s": ("[1-9][0-9]{9}", 1_000_000), "epoch_ms": ("[1-9][0-9]{12}", 1000)}  # digits; microseconds of one
MOST_COLUMNS = 16_384  # of a spreadsheet; each costs, and each stranger is told by its place
FROM_UTC = "INTERVAL 8 HOUR"  # Asia/Shanghai has known no other offset since 1991
# Before the first official calendar no deadline can be counted.
EARLIEST, LATEST = "TIMESTAMP '2007-01-01'", "TIMESTAMP '2100-01-01'"
LOST = ("\ufffd", "锟斤拷", "烫烫", "●?", "??")  # what characters leave behind when an encoding was mistaken
GARBLED_TYPES = {"name", "code", "enum"}
# A mobile or identity number where a name belongs: it would travel on in clear.
PERSONAL_NUMBER = "(^|[^0-9])(1[3-9][0-9]{9}|[0-9]{17}[0-9Xx])([^0-9]|$)"


def quote(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def match_header(contract: Contract, header: list[str]) -> tuple[dict[str, int], list[str]]:
    """Where each contract column stands in the file, and the places of columns the contract does not know.

    Their names are never told: where the header row is missing, what stands there is a person's.
    Raises DeliveryRefused (`header`) when a promised column is missing, renamed or doubled, or there is no end of them.
    """
    if len(header) > MOST_COLUMNS:
        raise _header_error(f"{len(header)} columns or more; no spreadsheet holds more than {MOST_COLUMNS}.")
    places: dict[str, int] = {}
    for column in contract.columns:
        found = [index for index, name in enumerate(header) if name in column.header]
        if len(found) > 1:
            raise _header_error(f"column {column.name} stands there {len(found)} times.")
        if found:
            places[column.name] = found[0]
    known = {h for column in contract.columns for h in column.header} | set(contract.format.ignore)
    strangers = [f"column {place}" for place, name in enumerate(header, start=1) if name not in known]
    missing = [column for column in contract.columns if column.header and column.name not in places]
    if missing:
        wanted = ", ".join(f"{column.name} ({' / '.join(column.header)})" for column in missing)
        others = f"{len(strangers)} columns, first in position {strangers[0].split()[1]}" if strangers else "none"
        raise _header_error(f"missing {wanted}; not in the contract: {others}.")
    return places, strangers


def _header_error(message: str) -> DeliveryRefused:
    return DeliveryRefused(
        "header",
        message,
        next_step="see whether the header row is there; if the sender renamed a column, add the new header to the "
        "contract; drop the file again.",
    )


def source_column(column: Column, place: int | None) -> str:
    """SQL of a column's text as delivered: a CSV field, a JSON member, a constant, or nothing."""
    if column.constant is not None:
        return text(column.constant)
    if column.absent:
        return "NULL::VARCHAR"
    return f"c{place}" if place is not None else _json_member(column)


def _json_member(column: Column) -> str:
    members = ", ".join(f"line ->> {text('$.' + quote(name))}" for name in column.header)
    return f"coalesce({members})" if len(column.header) > 1 else members


def _must_be_there(contract: Contract, column: Column) -> bool:
    """Devices leave out what they do not measure; any other sender of JSON says null."""
    is_member = contract.format.kind == "jsonl" and bool(column.header)
    return is_member and (column.required or contract.messages is None)


def _has_member(column: Column) -> str:
    """A JSON member may be null but must be there: a renamed one would else become NULL without a word."""
    exists = " OR ".join(f"json_type(line, {text('$.' + quote(name))}) IS NOT NULL" for name in column.header)
    return f"({exists}) AS m_{column.name}"


def clean(column: Column, raw: str) -> str:
    """SQL that folds full-width characters (typed columns only: free text keeps its own) and turns blanks into NULL."""
    folded = raw
    if column.type in FOLDED_TYPES:  # translate() is slow, and ASCII holds nothing wide
        translated = f"translate({raw}, {text(WIDE)}, {text(NARROW)})"
        folded = f"CASE WHEN strlen({raw}) = length({raw}) THEN {raw} ELSE {translated} END"
    trimmed = f"trim({folded}, {BLANKS})"
    return f"nullif({f'ltrim({trimmed}, {APOSTROPHE})' if column.type == 'code' else trimmed}, '')"


def first_try(column: Column, raw: str) -> str:
    """SQL of the typed value of text that needs no cleaning; NULL where it may need some."""
    ends = " AND ".join(f"NOT ends_with({raw}, {text(blank)})" for blank in " \t\n")
    match column.type:
        case "enum" | "boolean":
            return _word(column, raw)
        case "integer":  # the cast would round 120.5
            return f"TRY_CAST(CASE WHEN NOT contains({raw}, '.') THEN {raw} END AS BIGINT)"
        case "decimal":
            number = f"TRY_CAST({raw} AS {column.sql_type})"
            if not column.unsigned or column.limit <= column.unsigned.highest:  # what needs mending finds no room
                return number
            return f"CASE WHEN {number} <= {column.unsigned.highest} THEN {number} END"
        case "timestamp" if not column.zoned and (ways := _quick_ways(column.formats, raw)):
            return f"coalesce({', '.join([*ways, 'NULL'])})"
        case "timestamp" if not column.zoned and ISO_SECONDS in column.formats:
            # the plain cast is several times faster than strptime; the shape guards its leniency
            return f"TRY_CAST(CASE WHEN {raw} LIKE '____-__-__ __:__:__' THEN {raw} END AS TIMESTAMP)"
        case "code":
            ascii_only = f"strlen({raw}) = length({raw}) AND unicode({raw}) > 39"  # 39 is the apostrophe
            return f"CASE WHEN {ascii_only} AND {ends} THEN {raw} END"
        case "name" | "text" | "place":
            wide = f"NOT contains({raw}, '\u3000') AND NOT contains({raw}, '\u00a0')"
            return f"CASE WHEN unicode({raw}) > 32 AND {ends} AND {wide} THEN {raw} END"
        case _:
            return f"CAST(NULL AS {column.sql_type})"


def second_try(column: Column, cleaned: str) -> str:
    """SQL of the typed value of cleaned text, NULL where it cannot become one."""
    match column.type:
        case "enum" | "boolean":
            return _word(column, cleaned)
        case "integer":
            whole = f"regexp_full_match({cleaned}, '[+-]?[0-9]+([.]0*)?')"
            return f"TRY_CAST(CASE WHEN {whole} THEN {cleaned} END AS BIGINT)"
        case "decimal":
            return f"TRY_CAST({_signed(column, cleaned)} AS {column.sql_type})"
        case "timestamp" | "date":
            return _moment(column, cleaned)
        case "phone":
            digits = f"regexp_replace({cleaned}, '[() +-]', '', 'g')"
            return f"CASE WHEN regexp_full_match({digits}, '[0-9]{{3,20}}') THEN {digits} END"
        case _:
            return cleaned


def _wide(column: Column, cleaned: str) -> str:
    return f"TRY_CAST({cleaned} AS DECIMAL(28,{column.scale}))"  # a number without its sign is too long for its column


def _is_unsigned(column: Column, cleaned: str) -> str:
    """SQL: the number is what a negative one looks like where its sign was not read."""
    if not column.unsigned:
        return "false"
    wide = _wide(column, cleaned)
    return f"({wide} > {column.unsigned.highest} AND {wide} < {column.unsigned.span})"


def _signed(column: Column, cleaned: str) -> str:
    """SQL of a decimal's text, or of the number it stands for if its sign was not read; exact, as decimals are."""
    if not column.unsigned:
        return cleaned
    mended = f"{_wide(column, cleaned)} - {column.unsigned.span}"
    return f"CASE WHEN {_is_unsigned(column, cleaned)} THEN {mended} ELSE {_wide(column, cleaned)} END"


def _word(column: Column, value: str) -> str:
    if not column.values:  # an absent column has no words, and CASE without WHEN is no SQL
        return f"CAST(NULL AS {column.sql_type})"
    words = column.values.items()
    pairs = " ".join(f"WHEN {text(w)} THEN {text(o) if isinstance(o, str) else str(o).upper()}" for w, o in words)
    return f"CASE {value} {pairs} END"


def _moment(column: Column, cleaned: str) -> str:
    digit_first = f"CASE WHEN {cleaned}[1] BETWEEN '0' AND '9' THEN {cleaned} END"  # not 'infinity', not 'epoch'
    if column.type == "timestamp" and (ways := _standard_ways(column.formats, cleaned, digit_first)):
        return f"coalesce({', '.join([*ways, 'NULL'])})"
    if column.zoned:
        return f"CASE WHEN length({cleaned}) >= 19 THEN CAST(TRY_CAST({digit_first} AS TIMESTAMPTZ) AS TIMESTAMP) END"
    midnight = ["%Y-%m-%d 00:00:00"] if column.type == "date" else []  # how a workbook's date comes out of its cell
    parsed = f"try_strptime({digit_first}, [{_words([*column.formats, *midnight])}])"
    return f"CAST({parsed} AS DATE)" if column.type == "date" else parsed


def _standard_ways(formats: list[str], cleaned: str, digit_first: str) -> list[str]:
    """SQL of the ways to read an instant of `iso` and epochs, as local time; [] where a contract names none of them.

    The session's zone is the city's: an ISO text without zone is local, one with a zone is converted.
    """
    ways = []
    for name in [name for name in formats if name == "iso" or name in EPOCHS]:
        if name == "iso":
            shaped = f"CASE WHEN regexp_full_match({cleaned}, {text(ISO)}) THEN {cleaned} END"
            ways.append(f"CAST(TRY_CAST({shaped} AS TIMESTAMPTZ) AS TIMESTAMP)")
            continue
        digits, scale = EPOCHS[name]
        shaped = f"CASE WHEN regexp_full_match({cleaned}, {text(f'{digits}([.][0-9]*)?')}) THEN {cleaned} END"
        microseconds = f"CAST(floor(CAST({shaped} AS DECIMAL(22,6)) * {scale}) AS BIGINT)"
        ways.append(f"make_timestamp({microseconds}) + {FROM_UTC}")
    others = [name for name in formats if name != "iso" and name not in EPOCHS]
    return [*ways, f"try_strptime({digit_first}, [{_words(others)}])"] if ways and others else ways


def _quick_ways(formats: list[str], raw: str) -> list[str]:
    """The commonest forms of `_standard_ways`, told by their shape alone; whatever they leave out is cleaned first."""
    ways = []
    if "epoch_ms" in formats:  # a text of 13 that is not all digits gives a number before 2001, and is too early
        whole = f"CASE WHEN length({raw}) = 13 AND NOT contains({raw}, '.') THEN {raw} END"
        ways.append(f"make_timestamp(TRY_CAST({whole} AS BIGINT) * 1000) + {FROM_UTC}")
    if "iso" in formats:
        shapes = [f"{raw} LIKE '____-__-__{between}__:__:__{rest}'" for between in " T" for rest in ("", ".___")]
        plain = f"({' OR '.join(shapes)}) AND {raw}[-1] BETWEEN '0' AND '9'"
        ways.append(f"TRY_CAST(CASE WHEN {plain} THEN {raw} END AS TIMESTAMP)")
    return ways


def flaw_of(line: str) -> str:
    """SQL of the flaw that the collector found in a message: a word of ours, or `flaw` for any other that stands there.

    Whoever can write into the inbox could write anything there, and rules are shown.
    """
    member = f"{line} ->> {text('$.' + FLAW)}"
    return f"CASE WHEN {member} IN ({_words([*FLAWS])}) THEN {member} WHEN {member} IS NOT NULL THEN 'flaw' END"


def rules(column: Column, now: str) -> list[tuple[str, str]]:
    """(condition, rule) pairs in order, over the columns of the layers; `now` is SQL of the moment of landing."""
    raw, cleaned, value = f"r_{column.name}", f"c_{column.name}", f"t_{column.name}"
    nothing = f"{value} IS NULL" if column.type == "phone" else f"{value} IS NULL AND {cleaned} IS NULL"
    found = [(nothing, "missing")] if column.required else []  # a phone that identifies nobody is none
    if column.type in GARBLED_TYPES:
        found.append((_is_garbled(column, raw), "garbled"))
    if column.type == "code":  # a spreadsheet that made a number of it: its last digits are gone, and keys would merge
        lost = f"regexp_full_match({value}, '[0-9]([.][0-9]+)?[eE][+]?[0-9]+')"
        found.append((f"(contains({value}, '.') OR contains({value}, '+')) AND {lost}", "scientific"))
    if column.type in ("name", "text") and column.personal is None:
        found.append((f"length({raw}) >= 11 AND regexp_matches({raw}, {text(PERSONAL_NUMBER)})", "personal"))
    if rule := UNREADABLE.get(column.type):
        found.append((f"{value} IS NULL AND {cleaned} IS NOT NULL", rule))
    if column.type == "decimal":  # a silent rounding would turn 17.996 into 18.00
        whole = clean(column, raw)
        decimals = f"length(rtrim({whole}, '0')) - instr({whole}, '.') > {column.scale}"
        excess = f"instr({whole}, '.') > 0 AND ({decimals} OR {whole} ILIKE '%e%')"
        found.append((f"CASE WHEN strlen({raw}) - instr({raw}, '.') > {column.scale} THEN {excess} END", "too_precise"))
    if column.type in ("timestamp", "date"):
        seen = f"t_{column.seen_at}" if column.seen_at else now
        found.append((f"{value} < {EARLIEST}", "too_early"))
        found += [(f"{value} < {seen} - INTERVAL {days} DAY", "too_old")] if (days := column.oldest_days) else []
        latest = (LATEST, "too_late") if column.may_be_future else (f"{seen} + INTERVAL 5 MINUTE", "in_the_future")
        found.append((f"{value} > {latest[0]}", latest[1]))
    if column.pattern:
        found.append((f"NOT regexp_full_match({value}, {text(column.pattern)})", "pattern"))
    found += [(f"{value} < {column.minimum}", "out_of_range")] if column.minimum is not None else []
    found += [(f"{value} > {column.maximum}", "out_of_range")] if column.maximum is not None else []
    return found


def _is_garbled(column: Column, raw: str) -> str:
    """SQL: characters were lost on the way. A word that the contract knows is whole, and ASCII holds question marks."""
    lost = " OR ".join(f"contains({raw}, {text(mark)})" for mark in LOST)
    if column.type == "name":
        return f"({lost})"
    quick = f"contains({raw}, '??')" if column.type == "code" else "false"
    return f"CASE WHEN o_{column.name} IS NULL THEN {lost} ELSE {quick} END"


def _flag(column: Column) -> str:
    """SQL: what was lost or mended although the row is sound. A phone in scientific notation can identify nobody."""
    cleaned = f"c_{column.name}"
    if column.type == "decimal":
        return f"CASE WHEN {_is_unsigned(column, cleaned)} THEN {text(MENDED)} END AS f_{column.name}"
    scientific = f"regexp_full_match({cleaned}, '[0-9.]+[eE][+]?[0-9]+')"
    flag = f"CASE WHEN {scientific} THEN 'phone_scientific' ELSE 'phone_unreadable' END"
    return f"CASE WHEN t_{column.name} IS NULL AND {cleaned} IS NOT NULL THEN {flag} END AS f_{column.name}"


def flagged(contract: Contract) -> list[str]:
    """Names of the columns of which `typed_select` notes what was lost or mended, each in a column `f_<name>`."""
    return [column.name for column in contract.kept if column.type == "phone" or column.unsigned]


def typed_select(contract: Contract, source: str, places: dict[str, int], extra: list[str], now: str) -> str:
    """The whole statement: text rows of `source` to typed columns plus `broken_rule`; `extra` columns pass through."""
    kept = contract.kept
    raws = [f"{source_column(c, places.get(c.name))} AS r_{c.name}" for c in kept]
    members = [_has_member(c) for c in kept if _must_be_there(contract, c)]
    layers = [
        [*extra, *members, *raws],
        ["*", *(f"{first_try(c, f'r_{c.name}')} AS o_{c.name}" for c in kept)],
        ["*", *(f"CASE WHEN o_{c.name} IS NULL THEN {clean(c, f'r_{c.name}')} END AS c_{c.name}" for c in kept)],
        ["*", *(f"coalesce(o_{c.name}, {second_try(c, f'c_{c.name}')}) AS t_{c.name}" for c in kept)],
        [
            *_passed(extra),
            *(f"t_{c.name} AS {quote(c.name)}" for c in kept),
            *(_flag(contract.column(name)) for name in flagged(contract)),
            f"{_verdict(contract, now)} AS broken_rule",
        ],
    ]
    for columns in layers:
        source = f"(SELECT {', '.join(columns)} FROM {source})"
    return f"FROM {source}"


def _verdict(contract: Contract, now: str) -> str:
    chain = []
    if contract.format.footer:
        chain.append(f"WHEN {_is_total(contract.format.footer)} THEN '|footer'")
    if contract.format.kind == "jsonl":
        chain.append("WHEN NOT is_object THEN '|not_json'")
    if contract.messages:
        chain.append("WHEN flaw IS NOT NULL THEN '|' || flaw")
    for column in contract.kept:
        if _must_be_there(contract, column):
            chain.append(f"WHEN NOT m_{column.name} THEN '{column.name}|missing_member'")
        chain += [f"WHEN {condition} THEN '{column.name}|{rule}'" for condition, rule in rules(column, now)]
    return f"CASE {' '.join(chain)} END"


def _is_total(footer: list[str]) -> str:
    """SQL: the first cell is a footer word, whatever blanks stand between its characters."""
    words = ["".join(word.split()) for word in footer]
    ends = sorted({word[-1] for word in words})  # looked for first: translate() costs ten times as much
    may_be = " OR ".join(f"contains(first_cell, {text(end)})" for end in ends)
    return f"CASE WHEN {may_be} THEN translate(first_cell, {BLANKS}, '') IN ({_words(words)}) END"


def _words(values: list[str]) -> str:
    return ", ".join(text(value) for value in values)


def _passed(extra: list[str]) -> list[str]:
    used_up = (" AS first_cell", " AS is_object", " AS flaw")
    return [item.rsplit(" AS ", 1)[-1] for item in extra if not item.endswith(used_up)]
