"""A delivered zip: its members are unpacked into the work folder, each to be landed as a delivery of its own."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ingestion.contract import Contract
from ingestion.durable import discard
from ingestion.errors import DeliveryRefused
from ingestion.inbox import Delivery, Member, is_complete
from ingestion.readers.archive import BROKEN, member_name, table_of_contents
from ingestion.sighting import plain_suffix
from ingestion.trouble import is_ours

MAX_UNPACKED = 4 << 30  # a season of readings; the ratio catches bombs long before
ENCRYPTED = 0x1


def unpack(archive: Path, delivery: Delivery, bundle: str, contract: Contract, work: Path) -> list[Delivery]:
    """The files of a delivered zip in the order of their names, all unpacked: a damaged one stops the others too.

    Raises DeliveryRefused (`archive`, `bomb`, `traversal`, `encrypted`, `nested`, `empty`) for the zip as a whole.
    """
    discard(work)
    work.mkdir(mode=0o700)
    try:
        with _open(archive) as opened:
            found = _members(opened, contract)
            return [
                _extract(opened, info, Member(bundle, delivery.path.name, name), contract, work / f"{number:05d}")
                for number, (name, info) in enumerate(sorted(found.items()))
            ]
    except BROKEN as error:
        if is_ours(error):
            raise
        raise _refusal("archive", "is not a whole zip, or packed in a way that cannot be read.") from error


def _open(archive: Path) -> zipfile.ZipFile:
    """Packers on Chinese Windows write names in GBK without saying so."""
    with suppress(UnicodeDecodeError):
        return zipfile.ZipFile(archive, metadata_encoding="gb18030")
    return zipfile.ZipFile(archive)


def _members(opened: zipfile.ZipFile, contract: Contract) -> dict[str, zipfile.ZipInfo]:
    """The members worth landing by name: no folders, nothing that a packer or a desktop hid there."""
    listed = [(member_name(info), info) for info in table_of_contents(opened, MAX_UNPACKED) if not info.is_dir()]
    wanted = [(name, info) for name, info in listed if not _is_hidden(name)]
    if not wanted:
        raise _refusal("empty", "is a zip without files.")
    if len({name for name, _ in wanted}) < len(wanted):
        raise _refusal("archive", "holds two files of one name.")
    for place, (name, info) in enumerate(wanted, start=1):
        if info.flag_bits & ENCRYPTED:
            raise _refusal("encrypted", f"is locked by a password (file {place} in it).")
        if Delivery(contract.feed, Path(name), is_sealed=True).is_bundle(contract.arrives.pattern):
            raise _refusal("nested", f"holds another zip (file {place} in it).")
    return dict(wanted)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _extract(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, member: Member, contract: Contract, target: Path
) -> Delivery:
    """Under a name of ours; zipfile reads no more than the size that was promised and checks the sum."""
    path = target.with_suffix(plain_suffix(member.name))
    with opened.open(info) as packed, path.open("wb") as out:
        shutil.copyfileobj(packed, out)
    whole = is_complete(path, contract.format.kind)
    return Delivery(contract.feed, path, is_sealed=True, is_complete=whole, member=member)


def _refusal(rule: str, message: str) -> DeliveryRefused:
    return DeliveryRefused(rule, message, next_step="ask the sender for a plain zip of the files, or for the files.")
