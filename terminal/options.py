"""What the options of the commands mean: files and dates as evidence, every wrong one told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from lull.data.evidence import Evidence, embedded_evidence
from lull.data.readers.cells import parse_day
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan, usual_config
from lull.model.spec import MAX_HORIZON, MOST_NEW_WEEKS

MOST_DRAWS = 100_000  # of a chain
LARGEST_SEED = 2**32 - 1


class Wrong:
    """Reads options, gathers what is wrong with them, and raises it together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def day(self, option: str, text: str | None) -> date | None:
        """Return the day an option names, None if it was not given."""
        try:
            return None if text is None else parse_day(text)
        except InputError as error:
            told = error.problems[0]
            self.problems.append(Problem(option, told.expected, told.found, told.remedy))
            return None

    def span(
        self, first: str | None, last: str | None, *, last_option: str = "--to"
    ) -> tuple[date | None, date | None]:
        """Return the days that --from and --to (or another option) name, None where one was not given."""
        days = self.day("--from", first), self.day(last_option, last)
        if days[0] and days[1] and days[0] > days[1]:
            where = f"--from, {last_option}"
            self.problems.append(Problem(where, "the first day before the last", f"{days[0]} and {days[1]}"))
        return days

    def within(self, option: str, value: int | None, low: int, high: int) -> None:
        """Find a number outside of its bounds."""
        if value is not None and not low <= value <= high:
            self.problems.append(Problem(option, f"a whole number from {low} to {high}", str(value)))

    def horizon(self, weeks: int) -> None:
        """Find a horizon that no run reaches."""
        self.within("--horizon", weeks, 1, MAX_HORIZON)

    def seed(self, seed: int) -> None:
        """Find a seed that is none."""
        self.within("--seed", seed, 0, LARGEST_SEED)

    def evidence(
        self,
        counts: Path | None,
        reports: Path | None,
        events: Path | None,
        *,
        as_of: str | None,
        origin: str | None,
        faction: str | None,
        fill_zeros: bool,
        covariates: Path | None = None,
        completeness: Path | None = None,
        previous: Path | None = None,
    ) -> Evidence:
        """Return the evidence that the options name: the embedded case, changed where they say so."""
        if counts is not None and reports is not None:
            self.problems.append(Problem("--counts, --reports", "one of the two", "both"))
        if fill_zeros and counts is None:
            self.problems.append(Problem("--fill-zeros", "--counts beside it", "none", "Reports say their own zeros."))
        if previous is not None and counts is None:
            remedy = "Of reports give a curve: --completeness."
            self.problems.append(Problem("--previous", "--counts beside it", "none", remedy))
        if previous is not None and completeness is not None:
            self.problems.append(Problem("--completeness, --previous", "one of the two", "both"))
        own = counts is not None or reports is not None
        base = Evidence(reports=reports, counts=counts) if own else embedded_evidence()
        return replace(
            base,
            events=events or base.events,
            covariates=covariates,
            completeness=completeness,
            previous=previous,
            as_of=self.day("--as-of", as_of) or base.as_of,
            origin=self.day("--origin", origin),
            faction=base.faction if faction is None else faction,
            fill_zeros=fill_zeros,
        )

    def refit(self, weeks: int, *, history: int | None, evidence: Evidence) -> None:
        """Find a time between fits that filtering does not bridge, or evidence that it can not follow."""
        self.within("--refit", weeks, 2, MOST_NEW_WEEKS + 1)
        if history is not None:
            remedy = "A fit that is moved on remembers the weeks that it was made of."
            self.problems.append(Problem("--refit, --history", "one of the two", "both", remedy))
        if evidence.counts is None:
            remedy = "Reports are reconstructed, and fitted, anew at each origin."
            self.problems.append(Problem("--refit", "--counts beside it", "reports", remedy))

    def newer(
        self,
        counts: Path | None,
        reports: Path | None,
        events: Path | None,
        *,
        as_of: str | None,
        origin: str | None,
        faction: str | None,
        fill_zeros: bool,
    ) -> Evidence | None:
        """Return the newer data that the options name, nothing of the embedded case; None if they name none."""
        if counts is None and reports is None and events is None:
            return None
        told = self.evidence(
            counts, reports, events, as_of=as_of, origin=origin, faction=faction, fill_zeros=fill_zeros
        )
        return replace(told, counts=counts, reports=reports, events=events, as_of=told.as_of if as_of else None)

    def nothing_to_check(self) -> None:
        """Find that nothing is named."""
        remedy = "Name a file, or newer data with --counts, --reports or --events."
        self.problems.append(Problem("scenario check", "something to check", "nothing", remedy))

    def plan(self, evidence: Evidence, *, draws: int | None, tune: int | None, seed: int) -> FitPlan:
        """Return the fit that the options ask for."""
        self.within("--draws", draws, 10, MOST_DRAWS)
        self.within("--tune", tune, 10, MOST_DRAWS)
        self.seed(seed)
        usual = usual_config(evidence)
        config = replace(usual, draws=draws or usual.draws, tune=tune or usual.tune)
        return FitPlan(evidence, config=config, seed=seed)

    def stop_if_any(self) -> None:
        """Raise what was found."""
        if self.problems:
            raise InputError(self.problems)
