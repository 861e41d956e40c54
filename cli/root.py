"""The command `lull`: its groups, and how it ends.

Exit codes: 0 good, 1 a result that may not be used, 2 bad usage or bad input, 130 interrupted. Results go to standard
output, progress and errors to standard error. What a command needs it imports when it runs, so that `lull --help` is
there at once; only typer and the options are imported before.
"""

import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lull.cli.commands.app import app
from lull.cli.commands.ask import ask
from lull.cli.commands.backtest import backtest
from lull.cli.commands.batch import batch
from lull.cli.commands.briefing import briefing
from lull.cli.commands.check import check
from lull.cli.commands.drivers import drivers
from lull.cli.commands.export import export
from lull.cli.commands.fetch import fetches
from lull.cli.commands.fit import fit
from lull.cli.commands.forecast import forecast
from lull.cli.commands.imports import (
    counts,
    databases,
    event_lists,
    recorded_events,
    weekly_sums,
    window_sums,
)
from lull.cli.commands.learn import learn
from lull.cli.commands.ledger.publish import publish
from lull.cli.commands.ledger.record import record
from lull.cli.commands.ledger.resolve import resolve
from lull.cli.commands.reconstruct import reconstruct
from lull.cli.commands.runs import runs
from lull.cli.commands.scenario import hindcast, library, premise_check, projection, scored, tornado
from lull.cli.commands.watch import watch
from lull.cli.options.arguments import BAD_INPUT, INTERRUPTED


class PlainErrors(TyperGroup):
    """The command group: bad input and Ctrl-C end in one plain message, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            typer.echo(str(interrupt) or "Interrupted: nothing half-done was kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except ValueError as error:
            from lull.data.schema import InputError

            if not isinstance(error, InputError):
                raise
            from lull.cli.screen.streams import harmless

            typer.echo(harmless(str(error)), err=True)
            raise typer.Exit(BAD_INPUT) from None


lull = typer.Typer(
    cls=PlainErrors,
    help="Forecasts when armed factions' attacks pause and when they resume, and what a scenario changes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
)


@lull.callback(invoke_without_command=True)
def _version(
    *,
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> None:
    if version:
        from importlib import metadata

        typer.echo(f"lull {metadata.version('lull-forecast')}")
        raise typer.Exit


def group(text: str) -> typer.Typer:
    """Return an empty group of commands with its help."""
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)


scenario = group("List, show, check and run scenarios.")
imports = group("Make weekly counts of event data and of counts of other sources.")
COMMANDS: dict[typer.Typer, dict[str, Callable[..., None]]] = {
    lull: {
        "forecast": forecast,
        "ask": ask,
        "fit": fit,
        "reconstruct": reconstruct,
        "check": check,
        "app": app,
        "export": export,
        "briefing": briefing,
        "backtest": backtest,
        "drivers": drivers,
        "learn": learn,
        "publish": publish,
        "resolve": resolve,
        "watch": watch,
    },
    scenario: {
        "list": library.listed,
        "show": library.shown,
        "check": premise_check.check,
        "run": projection.run,
        "hindcast": hindcast.hindcast,
        "tornado": tornado.tornado,
        "record": scored.record,
    },
    imports: {
        "acled": databases.acled,
        "ucdp": databases.ucdp,
        "events": event_lists.events,
        "counts": counts.counts,
        "acled-weekly": weekly_sums.acled_weekly,
        "sums": window_sums.sums,
        "ceasefires": recorded_events.ceasefires,
        "agreements": recorded_events.agreements,
    },
}
for parent, commands in COMMANDS.items():
    for name, command in commands.items():
        parent.command(name)(command)
lull.add_typer(scenario, name="scenario")
lull.add_typer(batch, name="batch")
lull.add_typer(runs, name="runs")
lull.add_typer(imports, name="import")
lull.add_typer(fetches, name="fetch")
lull.add_typer(record, name="record")


def main() -> None:
    """Run the command `lull`; a request to end (SIGTERM) cleans up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another
    lull(prog_name="lull")
