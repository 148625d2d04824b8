"""The `citypulse` command and the order of the steps; every step itself lives in the package of its room."""

__version__ = "0.1.0"
