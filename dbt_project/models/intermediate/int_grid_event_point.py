"""One row per grid event to be placed that has a point in a known system: the point in CGCS2000, and its grid."""

import numpy as np
import shapely

from warehouse.geography.coordinates import to_cgcs2000
from warehouse.geography.points import NONE, Grids, locate

DAY = "datediff('day', date '1970-01-01', {}) as {}"


def model(dbt, session):
    events = dbt.ref("int_grid_event_unplaced").filter(
        "lon is not null and lat is not null and crs in ('cgcs2000', 'gcj02', 'bd09')"
    )
    rows = events.project(
        "event_id, lon::double as lon, lat::double as lat, crs = 'gcj02' as gcj02, crs = 'bd09' as bd09, "
        f"coalesce(boundary_id, 0) as boundary_id, {DAY.format('reported_date', 'day')}"
    ).fetchnumpy()
    usable = dbt.ref("int_grid_boundary").filter("shape is not null")
    days = f"{DAY.format('valid_from', 'first_day')}, {DAY.format('valid_to', 'last_day')}"
    kept = usable.project(f"boundary_id, shape, {days}").order("boundary_id").fetchnumpy()
    ids = np.asarray(kept["boundary_id"], dtype=np.int64)
    lon, lat = np.asarray(rows["lon"]).copy(), np.asarray(rows["lat"]).copy()
    for system in ("gcj02", "bd09"):
        chosen = np.flatnonzero(rows[system])
        lon[chosen], lat[chosen] = to_cgcs2000(lon[chosen], lat[chosen], system)
    place = np.searchsorted(ids, rows["boundary_id"])
    is_drawn = np.isin(rows["boundary_id"], ids)
    grids = Grids(shapely.from_wkb([bytes(shape) for shape in kept["shape"]]), kept["first_day"], kept["last_day"])
    located = locate(lon, lat, np.asarray(rows["day"]), np.where(is_drawn, place, NONE), grids)
    is_found = located.grid != NONE
    found = {  # noqa: F841
        "event_id": np.asarray(rows["event_id"]),
        "lon": lon,
        "lat": lat,
        "boundary_id": np.where(is_found, ids[located.grid] if len(ids) else 0, 0),
        "is_drawn": is_drawn,
        "is_near_a_grid": located.is_near_a_grid,
        "distance_m": located.distance_m,
    }
    return session.sql(
        "select event_id, lon, lat, nullif(boundary_id, 0) as boundary_id, is_drawn, is_near_a_grid, "
        "if(isnan(distance_m), null, distance_m) as distance_m from found"
    )
