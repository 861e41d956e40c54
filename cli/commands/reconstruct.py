"""`lull reconstruct`: weekly counts from reports."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, Seed, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.evidence import Evidence
    from lull.model.reconstruction.reconstruct import Reconstruction

OTHER_EVIDENCE = {"counts", "events", "covariates", "completeness", "previous", "origin", "fill_zeros", "only"}


@options(without={*OTHER_EVIDENCE, "store"})
def reconstruct(
    *,
    evidence: EvidenceOptions,
    imputations: Annotated[int, typer.Option(metavar="INT", help="Joint draws of all weeks to write.")] = 16,
    seed: Seed = 1,
    output: OutputOptions,
) -> None:
    """Reconstruct weekly counts from reports.

    Reports overlap and contradict each other; what they say of each week is drawn jointly. Writes weekly.csv,
    imputations.parquet and tension.csv to --out.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    files = problems.evidence(evidence)
    problems.within("--imputations", imputations, 1, 1000)
    problems.seed(seed)
    problems.stop_if_any()

    from lull.cli.printing.reconstruction import print_reconstruction, reconstruction_document
    from lull.cli.screen.streams import print_json
    from lull.scenarios.results.outputs import check_out

    if output.out is not None:
        check_out(output.out)
    made = _reconstructed(files, imputations, seed=seed)
    written = _written(made, output.out) if output.out is not None else []
    if output.as_json:
        print_json(reconstruction_document(made) | {"files": [str(path) for path in written]})
    else:
        print_reconstruction(made, written)
    end(good=made.diagnostics.grade != "unusable")


def _reconstructed(evidence: "Evidence", imputations: int, *, seed: int) -> "Reconstruction":
    """Return the weekly counts that reports imply."""
    from lull.cli.screen.streams import progress
    from lull.data.evidence import read_evidence
    from lull.model.reconstruction.reconstruct import reconstruct

    known = read_evidence(evidence)
    with progress(waiting="read the reports") as report:
        return reconstruct(
            known.reports,
            as_of=known.as_of,
            faction=evidence.faction,
            imputations=imputations,
            progress=report,
            seed=seed,
        )


def _written(made: "Reconstruction", out: Path) -> list[Path]:
    """Write the files, each whole or not at all, and return where they are."""
    from lull.model.reconstruction.tables import FILES, write_reconstruction
    from lull.scenarios.results.outputs import copy_files

    with TemporaryDirectory(prefix="lull.") as name:
        scratch = Path(name)
        write_reconstruction(made, scratch)
        return copy_files([scratch / name for name in FILES], out)
