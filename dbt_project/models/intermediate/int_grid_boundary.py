"""One row per boundary of a grid: as a shape in CGCS2000, or unusable. Read anew when the register has news."""

import numpy as np
import shapely

from warehouse.geography.boundaries import overlapped, read_boundaries

REGISTER = "feed = 'grid_register'"


def model(dbt, session):
    given = dbt.ref("int_grid_boundary_given")
    is_news = dbt.ref("int_grid_batch_new").filter(REGISTER).fetchone()
    if dbt.is_incremental and not is_news:
        given = given.filter("false")
    rows = given.project(
        "boundary_id, boundary, crs, datediff('day', date '1970-01-01', valid_from) as first_day, "
        "datediff('day', date '1970-01-01', valid_to) as last_day"
    ).fetchnumpy()
    shapes = read_boundaries(rows["boundary"], rows["crs"])
    usable = np.flatnonzero(~shapely.is_missing(shapes))
    overlap = np.zeros(len(shapes), dtype=np.int64)
    other = overlapped(shapes[usable], rows["first_day"][usable], rows["last_day"][usable])
    ids = np.asarray(rows["boundary_id"], dtype=np.int64)
    overlap[usable[other >= 0]] = ids[usable[other[other >= 0]]]
    found = {"boundary_id": ids, "shape": shapely.to_wkb(shapes), "overlapped_id": overlap}  # noqa: F841
    shaped = session.sql(
        "select boundary_id, shape::blob as shape, nullif(overlapped_id, 0) as overlapped_id from found"
    )
    return given.join(shaped, "boundary_id").project(
        "boundary_id, grid_code, valid_from, valid_to, shape, overlapped_id"
    )
