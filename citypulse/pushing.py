"""The commands of `citypulse push`: a release into servers of others."""

from __future__ import annotations

from typing import Annotated

import typer

from citypulse.console import guarded
from ingestion.settings import Settings

push_app = typer.Typer(no_args_is_help=True, help="Push the release in service into a server for BI tools.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


@push_app.callback()
def push() -> None:
    """Push the release in service into a server for BI tools."""


@push_app.command()
def postgres(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Push it also where it is live already.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look whether it could be done.")] = False,
    json: Json = False,
) -> None:
    """Push the release into CITYPULSE_POSTGRES_URL, swapped in whole. Example: citypulse push postgres --dry-run"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from warehouse.push.push import push as push_release
        from warehouse.push.push import rehearse

        if dry_run:
            done, verb = rehearse(settings, force=force), "would go into"
        else:
            with console.counted("push") as counted:
                done, verb = push_release(settings, force=force, watch=counted), "are live at"
        instead = f" instead of {done.replaced}" if done.replaced else ""
        text = f"{sum(done.rows.values())} rows in {len(done.rows)} tables {verb} {done.place}"
        console.say(done, f"{text}: release {done.release_id}{instead}. {done.seconds:.1f} s")
