"""The commands of privacy: `citypulse keys …`, `citypulse retain`, `citypulse forget`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from citypulse.console import guarded
from ingestion.errors import ContractError
from ingestion.settings import Settings, local_now

keys_app = typer.Typer(help="The versions of the token key; without a command, list them.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")]


@keys_app.callback(invoke_without_command=True)
def keys(context: typer.Context, json: Json = False) -> None:
    """List the key versions: digest, when made, how many landed rows carry it; never a secret."""
    if context.invoked_subcommand:
        return
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.privacy.keys import key_versions

        console.keys(key_versions(settings))


@keys_app.command()
def rotate(context: typer.Context, json: Json = False) -> None:
    """Make a new current version; old ones stay for reading. Then: citypulse keys retokenise"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.privacy import rotate as make_new

        key = make_new(settings)
        step = "Back the key file up, apart from the data; then run `citypulse keys retokenise`."
        made = {"version": key.version, "digest": key.digest, "made_at": key.made_at}
        console.say(made, f"{key.version} ({key.digest}) is the current key version. {step}")


@keys_app.command()
def retokenise(context: typer.Context, json: Json = False) -> None:
    """Give all landed rows tokens of the current version, made anew from the vault; exit 3 when all have them."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.privacy.retokenise import retokenise as renew

        done = renew(settings, local_now())
        left = f"; {sum(done.left.values())} rows without original keep an old token" if done.left else ""
        text = f"{sum(done.rows.values())} rows of {len(done.rows)} feeds carry {done.version}{left}. Now run a build."
        console.say(done, text)


@keys_app.command()
def destroy(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The old version to destroy for ever.")],
    confirm: Annotated[str, typer.Option(help="The same version, typed once more.")] = "",
    json: Json = False,
) -> None:
    """Destroy an old version that no landed row carries any more. Example: citypulse keys destroy v1 --confirm v1"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.privacy.keys import destroy_key

        name = destroy_key(settings, version, confirm, local_now())
        step = "Destroy it in every backup of the key file too."
        console.say({"destroyed": version, "certificate": name}, f"{version} is destroyed; see {name}. {step}")


def retain(context: typer.Context, dry_run: DryRun = False, json: Json = False) -> None:
    """Let go what is older than retention.yml allows, and certify it; exit 3 when nothing is."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.privacy.retention import retain as let_go

        done = let_go(settings, local_now(), dry_run=dry_run)
        verb = "would go" if dry_run else f"are gone; see {done.certificate}"
        text = f"{sum(done.rows.values())} landed rows, {done.originals} originals and "
        console.say(done, f"{text}{done.quarantine_files} quarantine files {verb}.")


def forget(
    context: typer.Context,
    phone_file: Annotated[
        str | None, typer.Option(help="File with the person's numbers, one a line; `-` reads standard input.")
    ] = None,
    request: Annotated[str, typer.Option(help="Id of the case file; never a name or number.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Apply the whole list once more, after a restore.")] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Forget a person in all that is stored and all that comes.

    Example: citypulse forget --phone-file - --request A-12
    """
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.privacy.forgetting import forget as let_go
        from citypulse.privacy.forgetting import forget_again

        if again == (phone_file is not None):
            raise typer.BadParameter("name either --phone-file or --again")
        if phone_file is None:
            done = forget_again(settings, local_now(), dry_run=dry_run)
        else:
            done = let_go(settings, _lines(phone_file), request, local_now(), dry_run=dry_run)
        verb = "would change" if dry_run else f"are changed; see {done.certificate}"
        console.say(done, f"{sum(done.rows.values())} rows and {sum(done.originals.values())} originals {verb}.")


def _lines(phone_file: str) -> list[str]:
    """The number never stands on the command line, where every user of the machine could read it."""
    try:
        written = sys.stdin.read() if phone_file == "-" else Path(phone_file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        step = "name a text file in UTF-8 with one number a line, or `-`."
        raise ContractError(f"The file of numbers cannot be read: {type(error).__name__}.", next_step=step) from error
    return written.splitlines()
