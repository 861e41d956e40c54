"""`lull watch`: one pass over new data, for cron or a loop."""

from pathlib import Path
from typing import Annotated

import typer

from lull.cli.options.arguments import DATE, Json, StoreFolder, end


def watch(
    *,
    file: Annotated[Path, typer.Argument(help="What is watched, in TOML.")],
    as_of: Annotated[
        str | None, typer.Option(metavar=DATE, help="Take this day for today: no later data count.  [default: today]")
    ] = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Watch once: import new data, update the fit, compare the answers, and tell what changed.

    Writes changes.json, digest.html and, if asked, a briefing to the folder that the file names. Tells a webhook or an
    address once of each change past its threshold and of each premise that fell. Two passes at once are refused; an
    interrupted one resumes.

    Example of a line for cron: 0 6 * * 1 lull watch /srv/watch/watch.toml
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    day = problems.day("--as-of", as_of)
    problems.stop_if_any()

    from lull.cli.screen.layout import print_files
    from lull.cli.screen.streams import output, print_json, progress
    from lull.model.runs.store import Store
    from lull.watch.digest import CHANGES, DIGEST, sentences
    from lull.watch.one_pass import Surroundings, one_pass
    from lull.watch.watch_file import read_watch

    read = read_watch(file)
    with progress(waiting="read the data") as report:
        done = one_pass(read, Surroundings(Store(store), day, report))
    files = [*(read.out / name for name in (CHANGES, DIGEST)), *done.briefing]
    for problem in done.problems:
        typer.echo(problem, err=True)
    if json:
        print_json(done.document() | {"files": [str(path) for path in files]})
    else:
        console = output()
        for sentence in sentences(done):
            console.print(sentence)
        print_files(files, console)
    end(good=done.usable and not done.problems)
