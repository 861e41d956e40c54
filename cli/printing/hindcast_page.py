"""A counterfactual hindcast as a page of text, week by week and in total."""

from pathlib import Path

from lull.cli.printing.forecast_page import print_convergence
from lull.cli.screen.layout import heading, indented, plain_table, print_files
from lull.cli.screen.streams import output
from lull.scenarios.presentation.hindcast_report import (
    TOTALS,
    WEEKS,
    WHAT_IT_IS,
    known_sentence,
    title,
    total_rows,
    week_rows,
)
from lull.scenarios.results.document import HindcastDocument


def print_hindcast(document: HindcastDocument, written: list[Path]) -> None:
    """Print the whole page, and which files were written."""
    console = output()
    console.print(title(document), style="bold")
    console.print(f"{known_sentence(document)} {document.claims}\n\n{WHAT_IT_IS}")
    print_convergence(document, console)
    console.print(heading("Scenarios"))
    for scenario in document.scenarios:
        console.print(indented(f"{scenario.title} ({scenario.id}). {scenario.assumptions}"))
    for series in document.series:
        console.print(heading(f"Series {series.name}"))
        both = ((WEEKS, week_rows(document, series.name)), (TOTALS, total_rows(document, series.name)))
        for words, rows in both:
            console.print(indented(f"{words}\n"))
            table = plain_table(*rows[0])
            for row in rows:
                table.add_row(*row.values())
            console.print(table)
            console.print()
    console.print(f"Run {document.run_id}, seed {document.seed}.")
    print_files(written, console)
