"""The `citypulse` command. Heavy libraries are imported inside the commands, so that `--help` answers at once.

Exit codes: 0 done, 2 usage, 3 nothing to do or no data, 4 contract or input refused, 5 build or gate blocked the
release, 6 another writer is at work, 7 integrity failure, 1 a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from citypulse import __version__
from citypulse.console import guarded
from citypulse.house import commands as house
from citypulse.logs import log_to_stderr
from citypulse.notify import telling
from citypulse.privacy import commands as privacy
from citypulse.pushing import push_app
from ingestion.errors import IntegrityError, raise_refusals
from ingestion.settings import Settings, load_settings
from reporting.period import Kind

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
contracts_app = typer.Typer(
    no_args_is_help=True, help="The contracts of the feeds: check them, write what follows from them."
)
app.add_typer(contracts_app, name="contracts")
collect_app = typer.Typer(no_args_is_help=True, help="Fetch what no one delivers, into the inbox.")
app.add_typer(collect_app, name="collect")
app.add_typer(push_app, name="push")
app.add_typer(privacy.keys_app, name="keys")
app.add_typer(house.releases_app, name="releases")
app.command()(privacy.retain)
app.command()(privacy.forget)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Days of deliveries to simulate.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same files.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last simulated day.")]
Scale = Annotated[float, typer.Option(min=0.01, max=50, help="1.0 is the demo; 45 is about the whole city's sensors.")]
DEMO_UNTIL = date(2026, 1, 31)  # in the heating season, and fixed: the demo gives the same brief on every machine


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"citypulse {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of inbox, warehouse and briefs [CITYPULSE_HOME, ./data].")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    log_to_stderr(verbose)
    with guarded(False):
        context.obj = load_settings(home)


@app.command()
def demo(context: typer.Context, days: Days = 60, seed: Seed = 7, until: Until = None, json: Json = False) -> None:
    """Simulate a city, then land, build, gate, release and brief, in this process. Example: citypulse demo --days 60"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.pipeline import run, warm_up
        from simulator.simulate import simulate_apart

        with console.steps() as step:
            step("simulate")
            warm_up(settings)
            simulate_apart(settings, days=days, seed=seed, until=_day(until))
            report = run(settings, watch=step)
        console.results(settings, report)


@app.command()
def simulate(
    context: typer.Context, days: Days = 60, seed: Seed = 7, until: Until = None, scale: Scale = 1.0, json: Json = False
) -> None:
    """Write simulated deliveries into the inbox, labelled synthetic. Example: citypulse simulate --days 7"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from simulator.simulate import simulate as write_files

        report = write_files(settings, days=days, seed=seed, until=_day(until), scale=scale)
        console.say({"files": len(report.files)}, f"{len(report.files)} simulated files in {settings.inbox}")


@app.command()
def land(
    context: typer.Context, feeds: Annotated[list[str] | None, typer.Argument()] = None, json: Json = False
) -> None:
    """Drain the inbox of all feeds, or of those named. Example: citypulse land hotline_city"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.drain import land_all

        with console.counting("landed") as landed:
            reports = land_all(settings, feeds or [], progress=landed)
        console.landed(reports)
        raise_refusals([str(receipt.message) for report in reports for receipt in report.refused])


@collect_app.command()
def http(
    context: typer.Context,
    feeds: Annotated[list[str] | None, typer.Argument()] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Ask from this local time on, instead of from where the last pull ended.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Ask up to this local time, instead of up to now.")] = None,
    json: Json = False,
) -> None:
    """Pull the APIs of all feeds, or of those named, into sealed segments. Example: citypulse collect http"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.collectors.run import collect_all

        done = collect_all(settings, feeds or [], since=since, until=until)
        console.collected(done)
        if done.failures:
            raise typer.Exit(done.failures[0].exit_code)


@collect_app.command()
def mqtt(
    context: typer.Context,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.1, help="End by itself after so many seconds.")
    ] = None,
    messages: Annotated[int | None, typer.Option(min=1, help="End by itself after so many messages.")] = None,
    json: Json = False,
) -> None:
    """Collect the broker's messages into sealed segments until SIGTERM or Ctrl-C. Example: citypulse collect mqtt"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.collectors.mqtt.collector import Until, collect_messages

        tally = collect_messages(settings, Until(seconds, messages))
        console.say(tally.report(), tally.line())


@collect_app.command()
def webhook(
    context: typer.Context,
    new_key: Annotated[
        str | None, typer.Option(metavar="FEED", help="Make a key for a feed, print its secret this once, and end.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.1, help="End by itself after so many seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Receive signed deliveries over HTTP until SIGTERM or Ctrl-C. Example: citypulse collect webhook"""
    settings: Settings = context.obj
    with guarded(json) as console:
        if new_key is not None:
            from ingestion.collectors.webhook.keys import make_key

            key = make_key(settings, new_key)
            said = {"key": key.key_id, "feed": key.feed, "secret": key.secret}
            console.say(said, f"key:    {key.key_id}\nsecret: {key.secret}\nThe secret is not shown again.")
            return
        from ingestion.collectors.webhook.server import receive_deliveries

        tally = receive_deliveries(settings, seconds)
        console.say(tally.report(), tally.line())


@app.command()
def build(context: typer.Context, json: Json = False) -> None:
    """Run dbt over what has landed."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from warehouse.build import build as build_warehouse

        with console.steps() as step:
            step("build")
            report = build_warehouse(settings)
        console.say(report, f"{report.models} models and {report.tests} tests, data as of {report.as_of}")


@app.command()
def gate(context: typer.Context, json: Json = False) -> None:
    """Audit the build; exit 5 when it may not be published."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from expectations.gate import audit

        with console.steps() as step:
            step("gate")
            report = audit(settings)
        console.say(report, f"{report.passed} of {report.total} checks passed; see {report.page}")


@app.command()
def release(context: typer.Context, json: Json = False) -> None:
    """Publish the audited build as an immutable release and swap the served file."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from warehouse.release import publish
        from warehouse.serving import audited_counts

        passed, total = audited_counts(settings)
        done = publish(settings, checks_passed=passed, checks_total=total)
        console.say(done, f"{done.release_id} serves at {settings.serving / 'governance.duckdb'}")


@app.command()
def snapshot(
    context: typer.Context,
    kind: Annotated[Kind, typer.Option(help="Which brief.")] = "monthly",
    period: Annotated[
        str | None,
        typer.Option(help="2026-01, 2026-W05, 2026-Q1, 2025-26 or the last day 2026-01-31; the newest by default."),
    ] = None,
    area: Annotated[
        str | None, typer.Option(help="Code or name of a district, or `all`: the city and each; the city by default.")
    ] = None,
    issue: Annotated[bool, typer.Option("--issue", help="Issue it also where briefs wait for a sign-off.")] = False,
    json: Json = False,
) -> None:
    """Write a brief from the served release. Example: citypulse snapshot --kind weekly --area all"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.briefs import write_asked

        with console.counted("snapshot") as counted:
            asked = {"kind": kind, "period": period, "area": area, "signed_off": issue, "progress": counted}
            paths = write_asked(settings, **asked)
        console.say({"briefs": paths}, "\n".join(map(str, paths)))


@app.command()
def pack(
    context: typer.Context,
    release_id: Annotated[str | None, typer.Option("--release", help="A release that is kept; the served one.")] = None,
    output: Annotated[Path | None, typer.Option("--out", help="Another place than beside the release's brief.")] = None,
    json: Json = False,
) -> None:
    """Write the KPIs of a release as a workbook for Excel or WPS. Example: citypulse pack --out /srv/share/kpi.xlsx"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from reporting.pack.write import write_pack

        with console.steps() as step:
            step("pack")
            done = write_pack(settings, release_id, output)
        console.say(done, f"{done.path}: {', '.join(f'{sheet} {rows}' for sheet, rows in done.rows.items())}")


@app.command()
def site(context: typer.Context, json: Json = False) -> None:
    """Bring the site up to the served release and the issued briefs; open its index.html."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from reporting.site.write import write_site

        with console.steps() as step:
            step("site")
            pages = write_site(settings)
        console.say({"pages": pages}, f"{len(pages)} pages; open {settings.site / 'index.html'}")


@app.command(name="run")
def run_due(context: typer.Context, json: Json = False) -> None:
    """Do whatever is due: land, build, gate, release, snapshot. Exit 3 when nothing is."""
    settings: Settings = context.obj
    with guarded(json) as console, telling("citypulse run"):
        from citypulse.pipeline import run

        with console.steps() as step:
            report = run(settings, watch=step)
        console.results(settings, report)
        raise_refusals([str(receipt.message) for landed in report.landed for receipt in landed.refused])


@app.command()
def figures(
    context: typer.Context,
    from_home: Annotated[bool, typer.Option("--here", help="Read what this home has built, replay nothing.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Replay in this empty folder and leave it for a look.")] = None,
    json: Json = False,
) -> None:
    """Replay the published figures and print the ledger; exit 7 naming those that do not come out.

    Example: citypulse figures
    """
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.figures import here, replay

        with console.steps() as step:
            report = here(settings) if from_home else replay(settings, watch=step, keep=keep)
        console.figures(report)
        if json and report.failed:
            raise typer.Exit(IntegrityError.exit_code)  # the one object has named them
        report.check()


@app.command()
def replay(
    context: typer.Context,
    as_of: Annotated[
        str | None, typer.Option(help="The release in service at this time, as 2026-01-31T08:00:00 (local).")
    ] = None,
    release_id: Annotated[str | None, typer.Option("--release", help="The release of this name.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Replay in this empty folder and leave it for a look.")] = None,
    json: Json = False,
) -> None:
    """Build a past release anew from landing and compare every cell; exit 7 when one differs, 3 when there is none.

    Example: citypulse replay --as-of 2026-01-31T08:00:00
    """
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.replay import replay as replay_release

        if (as_of is None) == (release_id is None):
            raise typer.BadParameter("name either --as-of or --release")
        with console.steps() as step:
            report = replay_release(settings, as_of=as_of, release_id=release_id, watch=step, keep=keep)
        console.replay(report)
        if json and report.differing:
            raise typer.Exit(IntegrityError.exit_code)  # the one object has named them
        report.check()


@app.command()
def recompute(
    context: typer.Context,
    first: Annotated[datetime, typer.Argument(metavar="FROM", formats=["%Y-%m-%d"], help="First business day.")],
    last: Annotated[datetime, typer.Argument(metavar="TO", formats=["%Y-%m-%d"], help="Last business day.")],
    feeds: Annotated[list[str] | None, typer.Argument(help="Feeds, all when none is named.")] = None,
    collect: Annotated[
        bool, typer.Option("--collect", help="First pull these days anew from the feeds' APIs.")
    ] = False,
    json: Json = False,
) -> None:
    """Have business days computed anew by the next build. Example: citypulse recompute 2026-01-05 2026-01-09"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.backfill import recompute as ask

        report = ask(settings, first.date(), last.date(), feeds or [], collect=collect)
        console.recompute(report)
        if report.failures:
            raise typer.Exit(report.exit_code)


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """What waits, what has landed, what was set aside, what is published."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.status import status as look

        console.status(look(settings))


@app.command()
def trace(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A feed, a KPI code, or a column such as fct_kpi_value.numerator.")],
    json: Json = False,
) -> None:
    """The thread from contract to KPI. Example: citypulse trace hotline_city"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.trace import trace as follow

        console.trace(follow(settings, name))


@app.command()
def rows(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A KPI of the hotline, or a table of single cases, such as fct_case.")],
    reason: Annotated[str, typer.Option(help="What they are needed for; it is logged.")],
    area: Annotated[str, typer.Option(help="Code or name of an area; the city by default.")] = "",
    level: Annotated[str, typer.Option(help="region (default) or district, where an area is both.")] = "",
    period: Annotated[str, typer.Option(help="2026-01 or 2026-01-31.")] = "",
    approval: Annotated[str, typer.Option(help="Number of the approval, where rows are shared under conditions.")] = "",
    break_glass: Annotated[bool, typer.Option("--break-glass", help="As steward: also what is not shared.")] = False,
    output: Annotated[Path | None, typer.Option(help="A new file outside the home, for your eyes alone.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
) -> None:
    """The cases behind a number; who asks, and why, is logged first. Example: citypulse rows hotline.on_time_rate
    --period 2026-01 --area 210202 --reason "督办核对"
    """
    settings: Settings = context.obj
    with guarded(form == "json") as console:
        from citypulse.case_rows import Question
        from citypulse.case_rows import rows as find

        if form not in ("csv", "json"):
            raise typer.BadParameter("--format is csv or json")
        question = Question(name, reason, area, level, period, approval, break_glass, output, form)
        console.cases(find(settings, question), question)


vault_app = typer.Typer(no_args_is_help=True, help="The originals, for a steward who must; every look is logged.")
app.add_typer(vault_app, name="vault")


@vault_app.command()
def show(
    context: typer.Context,
    batch: Annotated[str, typer.Argument(help="Batch of the delivery, or its first eight characters or more.")],
    row: Annotated[int, typer.Argument(min=1, help="Number of the row, as quarantine and landing tell it.")],
    reason: Annotated[str, typer.Option(help="Why it must be seen; it is logged.")],
) -> None:
    """Print one row of a delivery as it came, to the screen alone. Example: citypulse vault show 3f2a9c41 17
    --reason "督办 2026-018 核实"
    """
    settings: Settings = context.obj
    with guarded(False) as console:
        from citypulse.vault_row import vault_row

        console.original(vault_row(settings, batch, row, reason))


@app.command()
def audit(
    context: typer.Context,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the chain; exit 7 naming the first broken line.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many of the last looks.")] = 20,
    json: Json = False,
) -> None:
    """Who read or exported rows of single cases, when and why. Example: citypulse audit --verify"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.audit_log import entries
        from ingestion.audit_log import verify as check
        from warehouse.serving import audit_anchors

        if verify:
            found = check(settings, audit_anchors(settings))
            console.say(found, f"{found.lines} lines, chain whole, head {found.head}")
        else:
            console.looks(entries(settings, limit))


@app.command()
def doctor(context: typer.Context, json: Json = False) -> None:
    """What is wrong and what to do about it; exit 7 when something is."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.doctor import examine

        console.findings(examine(settings))


@app.command(name="keep-house")
def keep_house(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(help="landing, releases, logs, airflow, scan, backup; all by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Merge files, let old things go, read everything back, back up. Example: citypulse keep-house --only scan"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.house.keep_house import keep_house as keep

        with console.steps() as step:
            report = keep(settings, only or [], watch=step)
        console.house(report)
        if report.exit_code:
            raise typer.Exit(report.exit_code)


@app.command()
def backup(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="Folder on another disk [CITYPULSE_BACKUP].")] = None,
    json: Json = False,
) -> None:
    """Bring the backup up to date, the step of keep-house by itself. Example: citypulse backup /mnt/backup/citypulse"""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.house.keep_house import keep_house as keep

        place = replace(settings, backup=folder.expanduser().resolve()) if folder else settings
        with console.steps() as step:
            report = keep(place, ["backup"], watch=step)
        console.house(report)
        if report.exit_code:
            raise typer.Exit(report.exit_code)


@app.command()
def restore(
    context: typer.Context,
    backup_folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of the backup.")],
    into: Annotated[Path | None, typer.Option(help="The empty home to restore into, instead of this one.")] = None,
    what_is_whole: Annotated[
        bool, typer.Option("--what-is-whole", help="Leave damaged files out, and end with 7 all the same.")
    ] = False,
    json: Json = False,
) -> None:
    """Restore a backup into an empty home, every file checked; killed, it goes on when run again.

    Example: citypulse restore /mnt/backup/citypulse --into /srv/citypulse
    """
    settings: Settings = load_settings(into) if into else context.obj
    with guarded(json) as console:
        from citypulse.house.restore import restore as bring_back

        place = backup_folder.expanduser().resolve()
        with console.steps() as step:
            report = bring_back(settings, place, what_is_whole=what_is_whole, watch=step)
        console.say(report.data(), report.text())
        _check(report.check, as_json=json)


@app.command()
def drill(context: typer.Context, json: Json = False) -> None:
    """Restore the backup into a scratch folder, replay its release there and compare; exit 7 when one cell differs.

    Example: citypulse drill
    """
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.drill import drill as exercise

        with console.steps() as step:
            report = exercise(settings, watch=step)
        console.drill(report)
        _check(report.check, as_json=json)


@app.command()
def airflow(
    context: typer.Context,
    days: Days = 60,
    seed: Seed = 7,
    until: Until = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep Airflow running until Ctrl-C; deliver nothing.")] = False,
    json: Json = False,
) -> None:
    """Start a local Airflow, deliver simulated feeds, let its DAGs react, and end when the brief is published."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.airflow_local import react, serve
        from simulator.simulate import simulate

        if keep:
            serve(settings)
            return
        with console.steps() as step:
            react(settings, deliver=lambda: simulate(settings, days=days, seed=seed, until=_day(until)), watch=step)
        console.results(settings, None)


@app.command(name="airflow-env")
def airflow_env(
    context: typer.Context,
    secrets: Annotated[Path, typer.Option(help="Folder of the secret files on the server.")] = Path(
        "/etc/citypulse/secrets"
    ),
) -> None:
    """Print the environment file of Airflow's services on a server (docs/deploy-one-server.md)."""
    from citypulse.airflow_server import server_environment

    typer.echo(server_environment(context.obj, secrets), nl=False)


@contracts_app.command()
def lint(context: typer.Context, json: Json = False) -> None:
    """Check every contract; exit 4 naming file, place and rule."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from ingestion.contract import load_contracts

        found = load_contracts(settings)
        console.say({"contracts": list(found)}, f"{len(found)} contracts are sound: {', '.join(found)}")


@contracts_app.command()
def sync(context: typer.Context, json: Json = False) -> None:
    """Write what follows from contracts, KPIs and readers: dbt sources, metrics, exposures, raw expectation suites."""
    settings: Settings = context.obj
    with guarded(json) as console:
        from citypulse.derived import write_derived

        written = write_derived(settings)
        console.say({"written": written}, "\n".join(map(str, written)))


def _check(check: Callable[[], None], *, as_json: bool) -> None:
    """Raise what a report finds wrong; with `--json` only its exit code, for the one object has named it."""
    try:
        check()
    except IntegrityError as error:
        if not as_json:
            raise
        raise typer.Exit(error.exit_code) from None


def _day(until: datetime | None) -> date:
    return until.date() if until else DEMO_UNTIL
