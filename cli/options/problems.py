"""What the options of the commands mean: evidence, a fit, days; everything invalid is reported together."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from lull.cli.options.arguments import SamplerOptions
from lull.cli.options.evidence import EvidenceOptions, NewerEvidenceOptions
from lull.data.evidence import Evidence, embedded_evidence
from lull.data.readers.cells import parse_day
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan, usual_config
from lull.model.spec import MAX_HORIZON, MOST_NEW_WEEKS
from lull.scenarios.beliefs.belief_file import read_beliefs
from lull.scenarios.beliefs.believed_plan import plan_believing
from lull.scenarios.beliefs.reader_beliefs import Beliefs

MOST_DRAWS = 100_000  # of a chain
LARGEST_SEED = 2**32 - 1


class Problems:
    """Reads options, collects what is invalid, and raises it together."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, option: str, expected: str, found: str, remedy: str = "") -> None:
        """Add a problem with an option."""
        self.found.append(Problem(option, expected, found, remedy))

    def day(self, option: str, text: str | None) -> date | None:
        """Return the day an option names, None if it was not given."""
        try:
            return None if text is None else parse_day(text)
        except InputError as error:
            self.found.append(replace(error.problems[0], where=option))
            return None

    def span(
        self, first: str | None, last: str | None, *, last_option: str = "--to"
    ) -> tuple[date | None, date | None]:
        """Return the days that --from and --to (or another option) name, None where one was not given."""
        days = self.day("--from", first), self.day(last_option, last)
        if days[0] and days[1] and days[0] > days[1]:
            self.add(f"--from, {last_option}", "the first day before the last", f"{days[0]} and {days[1]}")
        return days

    def within(self, option: str, value: int | None, low: int, high: int) -> None:
        """Report a number outside of its bounds."""
        if value is not None and not low <= value <= high:
            self.add(option, f"a whole number from {low} to {high}", str(value))

    def horizon(self, weeks: int) -> None:
        """Report a horizon that no run reaches."""
        self.within("--horizon", weeks, 1, MAX_HORIZON)

    def seed(self, seed: int) -> None:
        """Report a seed out of range."""
        self.within("--seed", seed, 0, LARGEST_SEED)

    def evidence(self, given: EvidenceOptions) -> Evidence:
        """Return the evidence that the options name: the embedded case, changed where they say so."""
        self._together(given)
        own = given.counts is not None or given.reports is not None
        base = Evidence(reports=given.reports, counts=given.counts) if own else embedded_evidence()
        return replace(
            base,
            events=given.events or base.events,
            covariates=given.covariates,
            completeness=given.completeness,
            previous=given.previous,
            as_of=self.day("--as-of", given.as_of) or base.as_of,
            origin=self.day("--origin", given.origin),
            faction=base.faction if given.faction is None else given.faction,
            fill_zeros=given.fill_zeros,
            series=tuple(dict.fromkeys(given.only or ())),
        )

    def _together(self, given: EvidenceOptions) -> None:
        """Report files that do not go together."""
        if given.counts is not None and given.reports is not None:
            self.add("--counts, --reports", "one of the two", "both")
        if given.fill_zeros and given.counts is None:
            self.add("--fill-zeros", "--counts with it", "none", "Reports say their own zeros.")
        if given.only and given.counts is None:
            self.add("--series", "--counts with it", "none", "All fronts of reports are fitted together.")
        if given.previous is not None and given.counts is None:
            self.add("--previous", "--counts with it", "none", "Of reports give a curve: --completeness.")
        if given.previous is not None and given.completeness is not None:
            self.add("--completeness, --previous", "one of the two", "both")

    def newer(self, given: NewerEvidenceOptions) -> Evidence | None:
        """Return the newer data that the options name, nothing of the embedded case; None if they name none."""
        if given.counts is None and given.reports is None and given.events is None:
            return None
        read = self.evidence(given)
        as_of = read.as_of if given.as_of else None
        return replace(read, counts=given.counts, reports=given.reports, events=given.events, as_of=as_of)

    def refit(self, weeks: int, *, history: int | None, evidence: Evidence) -> None:
        """Report a time between fits that filtering does not bridge, or evidence that it cannot follow."""
        self.within("--refit", weeks, 2, MOST_NEW_WEEKS + 1)
        if history is not None:
            remedy = "An updated fit remembers the weeks that it was made of."
            self.add("--refit, --history", "one of the two", "both", remedy)
        if evidence.counts is None:
            remedy = "Reports are reconstructed and fitted from scratch at each origin."
            self.add("--refit", "--counts with it", "reports", remedy)

    def beliefs(self, path: Path | None) -> Beliefs:
        """Return the beliefs of a file, none where no file is named."""
        try:
            return read_beliefs(path) if path else Beliefs()
        except InputError as error:
            self.found += error.problems
            return Beliefs()

    def plan(
        self, evidence: Evidence, *, sampler: SamplerOptions, seed: int, beliefs: Beliefs | None = None
    ) -> FitPlan:
        """Return the fit that the options ask for, with the beliefs about drivers among `beliefs`."""
        self.within("--draws", sampler.draws, 10, MOST_DRAWS)
        self.within("--tune", sampler.tune, 10, MOST_DRAWS)
        self.seed(seed)
        usual = usual_config(evidence)
        config = replace(usual, draws=sampler.draws or usual.draws, tune=sampler.tune or usual.tune)
        return plan_believing(FitPlan(evidence, config=config, seed=seed), beliefs or Beliefs())

    def stop_if_any(self) -> None:
        """Raise what was found."""
        if self.found:
            raise InputError(self.found)
