"""The only door to DuckDB: engine settings, build, release, serving."""
