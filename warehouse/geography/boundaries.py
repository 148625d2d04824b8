"""Boundaries of grids: read from well-known text, brought to CGCS2000, and asked whether they lie over each other."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from warehouse.geography.coordinates import SYSTEMS, to_cgcs2000

Shapes = NDArray[np.object_]  # of shapely's geometries, None where there is none
METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere: good to half a per cent
LEAST_OVERLAP = 0.05  # of the smaller of two grids; less is a drawn line, not a claim


def read_boundaries(texts: NDArray[np.object_], systems: NDArray[np.object_]) -> Shapes:
    """The polygons in CGCS2000, longitude first; None for what is no polygon on the earth or has no known system."""
    found: Shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    # A line that crosses itself still bounds something; asked only now, for its two halves would weigh each other out.
    broken = np.flatnonzero(~shapely.is_missing(found) & ~shapely.is_valid(found))
    found[broken] = shapely.make_valid(found[broken])
    found[~_is_usable(found) | ~np.isin(systems, SYSTEMS)] = None
    for system in SYSTEMS[1:]:
        chosen = np.flatnonzero((systems == system) & ~shapely.is_missing(found))
        found[chosen] = shapely.transform(found[chosen], partial(_moved, system))
    return found


def _is_usable(found: Shapes) -> NDArray[np.bool_]:
    """Polygons whose corners are degrees: latitude first, or metres of a projection, would lie nowhere."""
    west, south, east, north = shapely.bounds(found).T
    is_area = np.isin(shapely.get_type_id(found), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    is_on_earth = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    usable: NDArray[np.bool_] = is_area & is_on_earth & (shapely.area(found) > 0)
    return usable


def _moved(system: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(to_cgcs2000(points[:, 0], points[:, 1], system))


def in_metres(shapes: Shapes, latitude: float) -> Shapes:
    """The same shapes on a plane of metres that is right near this latitude."""
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(latitude)), 1])
    scaled: Shapes = shapely.transform(shapes, lambda points: points * scale)
    return scaled


def overlapped(shapes: Shapes, first: NDArray[Any], last: NDArray[Any]) -> NDArray[np.int64]:
    """For each shape the position of one that lies over a good part of it in the same days, or -1."""
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes)
    is_pair = (one < other) & (first[one] <= last[other]) & (first[other] <= last[one])
    one, other = one[is_pair], other[is_pair]
    size = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    is_claim = shared > LEAST_OVERLAP * np.minimum(size[one], size[other])
    found = np.full(len(shapes), -1, dtype=np.int64)
    found[one[is_claim]] = other[is_claim]
    found[other[is_claim]] = one[is_claim]
    return found
