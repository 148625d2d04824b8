"""Places: coordinates of several systems, boundaries of grids, and the grid a point lies in."""
