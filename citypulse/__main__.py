"""`python -m citypulse` is the `citypulse` command."""

from citypulse.cli import app

app()
