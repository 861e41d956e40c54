"""The file border of batch plans: TOML read whole, every problem with its line and the nearest key."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lull.data.readers.cells import shown
from lull.data.schema import InputError, Problem
from lull.model.spec import MAX_HORIZON
from lull.scenarios.language.section_files import Day, Filled, Flag, Names, Section, Whole, read_sections, several

LARGEST_SEED = 2**32 - 1
MOST_ORIGINS = 5_000
MOST_RETRIES = 3  # each takes twice the draws


type Days = Annotated[tuple[Day, ...], Field(min_length=1)]
type Questions = Annotated[tuple[Filled, ...], BeforeValidator(several)]
type Draws = Annotated[Whole, Field(ge=10, le=100_000)]


class Data(Section):
    """Whose counts: files, and the series that are meant."""

    counts: Filled | None = None
    reports: Filled | None = None
    events: Filled | None = None
    covariates: Filled | None = None
    completeness: Filled | None = None
    previous: Filled | None = None
    series: Names = ("*",)
    faction: str = ""
    fill_zeros: Flag = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.counts is None) == (self.reports is None):
            found = "both" if self.counts else "neither"
            raise InputError(Problem("", "weekly counts or reports", found, "Name one: counts = 'weekly.csv'."))
        if self.reports and self.series != ("*",):
            raise InputError(Problem("series", "'*' where the data are reports", shown(", ".join(self.series))))
        return self


class Fit(Section):
    """How posteriors are made: one for each series, or one for all together; an unusable one again with more draws."""

    mode: Literal["separate", "pooled"] = "separate"
    draws: Draws | None = None
    tune: Draws | None = None
    retries: Annotated[Whole, Field(ge=0, le=MOST_RETRIES)] = 0


class Variant(Section):
    """A model under a name: the choices of `ModelSpec` that differ from the usual ones."""

    name: Filled
    regimes: Flag = True
    duration_dependence: Flag = True
    level: Flag = True
    level_dependent_halting: Flag = True
    drift_correction: Flag = True
    self_excitation: Flag = False


class Origins(Section):
    """The last weeks that count: named days, the last few of the data, or days of knowledge."""

    dates: Days | None = None
    as_of: Days | None = None
    last: Annotated[Whole, Field(ge=1, le=MOST_ORIGINS)] | None = None
    every: Annotated[Whole, Field(ge=1, le=MAX_HORIZON)] = 1

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("dates", "as_of", "last") if getattr(self, name) is not None]
        if len(given) > 1:
            raise InputError(Problem(given[1], "one of dates, as_of and last", " and ".join(given)))
        return self


class Run(Section):
    """What is projected from each posterior, and what is asked of it."""

    horizon: Annotated[Whole, Field(ge=1, le=MAX_HORIZON)] = 26
    scenarios: Names = ("baseline",)
    questions: Questions = ()
    seed: Annotated[Whole, Field(ge=0, le=LARGEST_SEED)] = 1


class Believed(Section):
    """A reader's beliefs about drivers: in a file of their own, or as such a file says them."""

    file: Filled | None = None
    who: str | None = None
    note: str | None = None
    driver: dict[str, Any] | None = None
    fork: list[dict[str, Any]] | None = None
    salience: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        tables = (self.driver, self.fork, self.salience)
        if (self.file is None) == all(each is None for each in tables):
            found = "both" if self.file else "neither"
            raise InputError(Problem("", "a file, or tables such as [priors.driver.ceasefire.halting]", found))
        return self


class Output(Section):
    """Where the tables go."""

    dir: Filled


class PlanFile(Section):
    """A plan as its file says it."""

    data: Data
    fit: Fit = Fit()
    variants: tuple[Variant, ...] = ()
    origins: Origins = Origins()
    run: Run = Run()
    priors: Believed | None = None
    output: Output

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise InputError(Problem("variants", "each name once", ", ".join(names)))
        first_names: dict[str, str] = {}
        for variant in self.variants:
            first = first_names.setdefault(str(variant.model_dump(exclude={"name"})), variant.name)
            if first != variant.name:
                found = f"{variant.name!r}, the same model as {first!r}"
                raise InputError(Problem("variants", "models that differ", found, "Leave one of them out."))
        if self.data.reports and self.fit.mode == "separate":
            remedy = "Fronts of one faction share their reports: write mode = 'pooled'."
            raise InputError(Problem("mode", "'pooled' where the data are reports", "'separate'", remedy))
        return self


SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "fit": Fit,
    "variants": Variant,
    "origins": Origins,
    "run": Run,
    "priors": Believed,
    "output": Output,
}


def read_plan_file(path: Path) -> tuple[PlanFile, str]:
    """Return a plan and its text. Raises `InputError` with every problem found, by line."""
    return read_sections(path, PlanFile, SECTIONS, "a batch plan")
