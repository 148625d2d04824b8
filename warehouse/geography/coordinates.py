"""Longitude and latitude of the systems in use in China, turned into CGCS2000: whole columns at once, no network.

GCJ-02 moves points by some hundred metres, BD-09 moves GCJ-02 once more. Neither has a published standard; the formulas
are those that open implementations agree on (docs/decisions/0010). The way back has none: it is found by repetition.
CGCS2000 and WGS 84 differ by centimetres, which is nothing against a phone's ten metres: they are taken as one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Points = tuple[Degrees, Degrees]
SYSTEMS = ("cgcs2000", "gcj02", "bd09")

AXIS, SQUARED_ECCENTRICITY = 6_378_245.0, 0.00669342162296594323  # of the ellipsoid of Krasovsky, 1940
CENTRE = (105.0, 35.0)
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271  # outside of it GCJ-02 moves nothing
BAIDU_SHIFT = (0.0065, 0.006)
BAIDU_WAVE = np.pi * 3000 / 180
CLOSE, MOST_STEPS = 1e-9, 20  # a tenth of a millimetre; four or five steps are enough


def to_cgcs2000(lon: Degrees, lat: Degrees, system: str) -> Points:
    """Points of a known system in CGCS2000. Raises KeyError for a system nobody knows."""
    back = {"cgcs2000": lambda x, y: (x, y), "gcj02": gcj02_to_cgcs2000, "bd09": bd09_to_cgcs2000}[system]
    return back(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))


def cgcs2000_to_gcj02(lon: Degrees, lat: Degrees) -> Points:
    """As maps made in China show a point."""
    is_moved = (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    east, north = _shift(lon - CENTRE[0], lat - CENTRE[1])
    radians = np.radians(lat)
    root = np.sqrt(1 - SQUARED_ECCENTRICITY * np.sin(radians) ** 2)
    metres_lon = AXIS / root * np.cos(radians) * np.pi / 180
    metres_lat = AXIS * (1 - SQUARED_ECCENTRICITY) / root**3 * np.pi / 180
    return lon + np.where(is_moved, east / metres_lon, 0), lat + np.where(is_moved, north / metres_lat, 0)


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> Points:
    """As Baidu's maps show it."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BAIDU_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BAIDU_WAVE)
    return radius * np.cos(angle) + BAIDU_SHIFT[0], radius * np.sin(angle) + BAIDU_SHIFT[1]


def gcj02_to_cgcs2000(lon: Degrees, lat: Degrees) -> Points:
    return _solved(cgcs2000_to_gcj02, lon, lat)


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> Points:
    return _solved(gcj02_to_bd09, lon, lat)


def bd09_to_cgcs2000(lon: Degrees, lat: Degrees) -> Points:
    return gcj02_to_cgcs2000(*bd09_to_gcj02(lon, lat))


def _shift(x: Degrees, y: Degrees) -> Points:
    """Metres to the east and to the north by which GCJ-02 moves a point, seen from the centre."""
    root, product = np.sqrt(np.abs(x)), x * y
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    waves_x = ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)
    waves_x += 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)
    waves_y = ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)
    waves_y += 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * product + 0.1 * root + waves_x * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * product + 0.2 * root + waves_y * 2 / 3
    return east, north


def _solved(move: Callable[[Degrees, Degrees], Points], lon: Degrees, lat: Degrees) -> Points:
    """The points that `move` brings to these ones: what is still lacking is added until nothing is."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    found_lon, found_lat = lon.copy(), lat.copy()
    for _ in range(MOST_STEPS):
        moved_lon, moved_lat = move(found_lon, found_lat)
        lacking_lon, lacking_lat = lon - moved_lon, lat - moved_lat
        found_lon += lacking_lon
        found_lat += lacking_lat
        if max(np.abs(lacking_lon).max(initial=0), np.abs(lacking_lat).max(initial=0)) < CLOSE:
            break
    return found_lon, found_lat
