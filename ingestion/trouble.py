"""Whose trouble an exception is: the machine's, which says nothing about the file at hand, or the file's own."""

from __future__ import annotations

import errno

from ingestion.errors import IntegrityError, WarehouseBusy

MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def is_ours(error: Exception) -> bool:
    """Whether every file would meet it: then none may be refused for it."""
    import duckdb

    if isinstance(error, OSError):
        return error.errno in MACHINE
    return isinstance(error, (WarehouseBusy, IntegrityError, duckdb.IOException))
