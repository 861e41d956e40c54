"""The briefing of a pass: one page of the run of today, which says what has changed since the one before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lull.data.files import write_whole
from lull.data.schema import InputError, Problem, near
from lull.model.fitting.fit import Progress
from lull.model.runs.store import Run
from lull.scenarios.briefing.page import make_briefing
from lull.scenarios.briefing.paper import pdf_of
from lull.scenarios.language.spec import BASELINE, Scenario
from lull.scenarios.language.standard import HORIZON, SEED, standard_scenarios
from lull.scenarios.results.forecast import forecast
from lull.scenarios.results.forecast_cache import Request
from lull.watch.digest import Pass
from lull.watch.watch_file import Briefing, Watch

PAGE, PAPER = "briefing.html", "briefing.pdf"


def with_briefing(watch: Watch, done: Pass, scenarios: Sequence[Scenario], *, progress: Progress) -> Pass:
    """Return the pass after its briefing was written, if the file asks for one and the fit may be used.

    What stands in its way is a problem of the pass, which goes on.
    """
    asked = watch.file.briefing
    if asked is None or not done.usable:
        return done
    try:
        written = _written(asked, done.run, scenarios, watch.out, progress)
    except InputError as error:
        return replace(done, problems=(*done.problems, f"No briefing: {error}"))
    return replace(done, briefing=written)


def _written(
    asked: Briefing, run: Run, scenarios: Sequence[Scenario], out: Path, progress: Progress
) -> tuple[Path, ...]:
    """Write the page, and the same as PDF where a browser prints it; return the files."""
    named = [each for each in scenarios if each.id != BASELINE]
    made = forecast(run, Request.of(named or standard_scenarios(run), horizon=HORIZON, seed=SEED), progress=progress)
    names = made.state.series
    if asked.series and asked.series not in names:
        expected = f"one of {', '.join(names)}"
        raise InputError(Problem("briefing.series", expected, repr(asked.series), near(asked.series, names)))
    page = make_briefing(made, asked.series or names[0], paper=asked.paper)
    write_whole(out / PAGE, page)
    pdf = pdf_of(page)
    if pdf is None:
        (out / PAPER).unlink(missing_ok=True)  # it would be that of an earlier pass
        return (out / PAGE,)
    write_whole(out / PAPER, pdf)
    return out / PAGE, out / PAPER
