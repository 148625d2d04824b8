"""Names for the kinds of numpy array the simulator passes around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Moments = NDArray[np.datetime64]
Durations = NDArray[np.timedelta64]
Texts = NDArray[np.object_]

NEVER = np.datetime64("NaT", "s")


def texts(values: list[str]) -> Texts:
    """Strings of different lengths as an array that can be indexed by array."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
