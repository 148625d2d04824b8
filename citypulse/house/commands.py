"""The commands of the releases that are kept: `citypulse releases`, `citypulse releases prune`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from citypulse.console import guarded
from ingestion.run_log import logged
from ingestion.settings import Settings, local_now

releases_app = typer.Typer(help="The releases that are kept; without a command, list them.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
LONGEST_GRACE = 366 * 24


@releases_app.callback(invoke_without_command=True)
def releases(context: typer.Context, json: Json = False) -> None:
    """List the releases, newest first: size, which one is served, how long readers may hold it, why it is kept."""
    if context.invoked_subcommand:
        return
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.house.releases import list_releases

        console.releases(list_releases(settings, local_now()))


@releases_app.command()
def prune(
    context: typer.Context,
    keep: Annotated[
        int | None, typer.Option(min=1, help="How many of the newest stay [CITYPULSE_KEEP_RELEASES].")
    ] = None,
    grace: Annotated[
        float,
        typer.Option(
            min=0,
            max=LONGEST_GRACE,
            metavar="HOURS",
            help="How long readers may hold a release that was replaced, at most a year.",
        ),
    ] = 24,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    json: Json = False,
) -> None:
    """Let old releases go, as each night's keep-house does. Example: citypulse releases prune --keep 3 --dry-run"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.house.releases import would_go
        from citypulse.house.retention import let_releases_go

        newest, hours = keep or settings.keep_releases, timedelta(hours=grace)
        if dry_run:
            gone = would_go(settings, local_now(), keep=newest, grace=hours)
            console.say({"would_go": gone}, f"Would go: {', '.join(gone)}")
            return
        with logged(settings, "keep_house", "releases") as run:
            gone, briefs = let_releases_go(settings, local_now(), keep=newest, grace=hours)
            run.count(releases=len(gone), brief_files=briefs)
        console.say({"gone": gone, "brief_files": briefs}, f"{len(gone)} releases are gone: {', '.join(gone) or '–'}")
