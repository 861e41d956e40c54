"""`lull fetch`: what a database answers today, as served, into a folder of that day."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.commands.imports.selection import DayOptions
from lull.cli.options.arguments import DATE, FOLDER, Json
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from datetime import date

    from lull.data.sources.acled import AcledQuery
    from lull.data.sources.answers import Source
    from lull.data.sources.session import Progress
    from lull.data.sources.ucdp import UcdpQuery

ACLED, UCDP = "https://acleddata.com", "https://ucdpapi.pcr.uu.se"

Out = Annotated[Path, typer.Option(metavar=FOLDER, help="Keep vintages here, a folder for each day.")]
Url = Annotated[str, typer.Option(metavar="URL", help="The base address of the service.")]

fetches = typer.Typer(
    help="Fetch events from databases that you have access to.", no_args_is_help=True, rich_markup_mode=None
)


@dataclass(frozen=True)
class AskedDays(DayOptions):
    """The days that events are asked of."""

    start: Annotated[str | None, typer.Option("--from", metavar=DATE, help="The first day of the events.")] = None
    until: Annotated[str | None, typer.Option(metavar=DATE, help="The last day of the events.")] = None


@dataclass(frozen=True)
class UcdpNumbers:
    """Which events of UCDP, by the numbers of its code book."""

    countries: Annotated[
        list[int] | None,
        typer.Option("--country", metavar="INT", help="Of the country with this Gleditsch-Ward number; repeatable."),
    ] = None
    actors: Annotated[
        list[int] | None, typer.Option("--actor", metavar="INT", help="Of the actor with this number; repeatable.")
    ] = None
    dyads: Annotated[
        list[int] | None, typer.Option("--dyad", metavar="INT", help="Of the dyad with this number; repeatable.")
    ] = None


@dataclass(frozen=True)
class AcledNames:
    """Which events of ACLED, by names."""

    countries: Annotated[
        list[str] | None, typer.Option("--country", metavar="NAME", help="Of this country; repeatable.")
    ] = None
    actors: Annotated[
        list[str] | None, typer.Option("--actor", metavar="NAME", help="With this in an actor's name; repeatable.")
    ] = None
    event_types: Annotated[
        list[str] | None, typer.Option("--event-type", metavar="NAME", help="Of this type; repeatable.")
    ] = None


@fetches.command()
@options()
def acled(*, out: Out, names: AcledNames, days: AskedDays, url: Url = ACLED, json: Json = False) -> None:
    """Fetch events of ACLED, as served, into DIR/acled_YYYY-MM-DD.

    ACLED_EMAIL and ACLED_PASSWORD come from the environment; they are written nowhere. Interrupted, the same command
    goes on where it was.
    """
    from lull.data.sources.acled import AcledQuery

    countries, actors, types = (tuple(one or ()) for one in (names.countries, names.actors, names.event_types))
    _fetch(AcledQuery(countries, actors, types, *days.days()), url, out, as_json=json)


@fetches.command()
@options()
def ucdp(
    *,
    version: Annotated[str, typer.Option("--version", metavar="RELEASE", help="The release, such as 25.1 or 26.0.7.")],
    out: Out,
    numbers: UcdpNumbers,
    days: AskedDays,
    url: Url = UCDP,
    json: Json = False,
) -> None:
    """Fetch events of UCDP GED or of its candidates, as served, into DIR/ucdp_YYYY-MM-DD.

    UCDP_ACCESS_TOKEN comes from the environment; it is written nowhere. Interrupted, the same command goes on where
    it was.
    """
    from lull.data.sources.ucdp import UcdpQuery

    countries, actors, dyads = (tuple(one or ()) for one in (numbers.countries, numbers.actors, numbers.dyads))
    _fetch(UcdpQuery(version, countries, actors, dyads, *days.days()), url, out, as_json=json)


def _fetch(query: "AcledQuery | UcdpQuery", url: str, out: Path, *, as_json: bool) -> None:
    """Fetch the vintage of today, and say what came, what the account cannot see and how to go on."""
    from datetime import UTC, datetime

    from lull.cli.printing.vintage import vintage_document
    from lull.cli.screen.streams import output, print_json, progress
    from lull.data.sources.download import download
    from lull.scenarios.results.outputs import check_out

    day = datetime.now(UTC).date()
    check_out(out)
    with progress(waiting="asking") as report:
        source = _source(query, day, url, report)
        try:
            vintage = download(source, out, day, report)
        finally:
            source.session.close()
    document = vintage_document(vintage, out)
    if as_json:
        print_json(document)
        return
    console = output()
    for line in (f"{document['rows']:,} rows in {vintage.folder}", *document["notes"]):
        console.print(line, soft_wrap=True)


def _source(query: "AcledQuery | UcdpQuery", day: "date", url: str, report: "Progress") -> "Source":
    from lull.data.sources.acled import Acled, AcledQuery
    from lull.data.sources.ucdp import Ucdp

    if isinstance(query, AcledQuery):
        return Acled(query, day, url=url, progress=report)
    return Ucdp(query, url=url, progress=report)
