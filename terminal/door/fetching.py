"""`lull fetch`: arguments in, calls."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lull.terminal.door.shared import DATE, FOLDER, Json

ACLED, UCDP = "https://acleddata.com", "https://ucdpapi.pcr.uu.se"

Out = Annotated[Path, typer.Option(metavar=FOLDER, help="Keep vintages here, a folder for each day.")]
From = Annotated[str | None, typer.Option("--from", metavar=DATE, help="The first day of the events.")]
Until = Annotated[str | None, typer.Option(metavar=DATE, help="The last day of the events.")]
Url = Annotated[str, typer.Option(metavar="URL", help="The base address of the service.")]
Countries = Annotated[list[str] | None, typer.Option("--country", metavar="NAME", help="Of this country; repeatable.")]
Actors = Annotated[
    list[str] | None, typer.Option("--actor", metavar="NAME", help="With this in an actor's name; repeatable.")
]
Types = Annotated[list[str] | None, typer.Option("--event-type", metavar="NAME", help="Of this type; repeatable.")]
Version = Annotated[str, typer.Option("--version", metavar="RELEASE", help="The release, such as 25.1 or 26.0.7.")]
CountryNumbers = Annotated[
    list[int] | None,
    typer.Option("--country", metavar="INT", help="Of the country with this Gleditsch-Ward number; repeatable."),
]
ActorNumbers = Annotated[
    list[int] | None, typer.Option("--actor", metavar="INT", help="Of the actor with this number; repeatable.")
]
DyadNumbers = Annotated[
    list[int] | None, typer.Option("--dyad", metavar="INT", help="Of the dyad with this number; repeatable.")
]

fetches = typer.Typer(
    help="Fetch events from databases that you have access to.", no_args_is_help=True, rich_markup_mode=None
)


@fetches.command()
def acled(
    out: Out,
    countries: Countries = None,
    actors: Actors = None,
    event_types: Types = None,
    start: From = None,
    until: Until = None,
    url: Url = ACLED,
    json: Json = False,
) -> None:
    """Fetch events of ACLED, as served, into DIR/acled_YYYY-MM-DD.

    ACLED_EMAIL and ACLED_PASSWORD come from the environment; they are written nowhere. Interrupted, the same command
    goes on where it was.
    """
    from lull.data.sources.acled import AcledQuery

    first, last = _days(start, until)
    query = AcledQuery(tuple(countries or ()), tuple(actors or ()), tuple(event_types or ()), first, last)
    _fetch(query, url, out, as_json=json)


@fetches.command()
def ucdp(
    version: Version,
    out: Out,
    countries: CountryNumbers = None,
    actors: ActorNumbers = None,
    dyads: DyadNumbers = None,
    start: From = None,
    until: Until = None,
    url: Url = UCDP,
    json: Json = False,
) -> None:
    """Fetch events of UCDP GED or of its candidates, as served, into DIR/ucdp_YYYY-MM-DD.

    UCDP_ACCESS_TOKEN comes from the environment; it is written nowhere. Interrupted, the same command goes on where
    it was.
    """
    from lull.data.sources.ucdp import UcdpQuery

    first, last = _days(start, until)
    query = UcdpQuery(version, tuple(countries or ()), tuple(actors or ()), tuple(dyads or ()), first, last)
    _fetch(query, url, out, as_json=json)


def _days(start: str | None, until: str | None) -> Any:
    """Return the days of --from and --until."""
    from lull.terminal.options import Wrong

    wrong = Wrong()
    days = wrong.span(start, until, last_option="--until")
    wrong.stop_if_any()
    return days


def _fetch(query: Any, url: str, out: Path, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from lull.terminal.fetching import fetch_and_print

    fetch_and_print(query, datetime.now(UTC).date(), url=url, out=out, as_json=as_json)
