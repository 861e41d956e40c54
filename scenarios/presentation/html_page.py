"""A page of HTML that stands alone, from a template: everything that is filled in is escaped, charts are drawn inside.

No script, nothing fetched from a network. Templates lie in `templates/` next to the module whose page they are; each
extends `page.html` here.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lull.scenarios.presentation.charts import drawn
from lull.scenarios.presentation.verdicts import (
    GRADE_COLOURS,
    calibration_sentence,
    convergence_sentence,
    reasons_sentence,
)

TEMPLATES = Path(__file__).parent / "templates"


def html_page(template: str, /, *, folder: Path = TEMPLATES, **fields: object) -> str:
    """Return the page of a template in a folder; `title` is among its fields, and none may be missing."""
    return _environment(folder).get_template(template).render(grade_colours=GRADE_COLOURS, **fields)


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["drawn"] = drawn  # SVG, whose own words the renderer has escaped
    for words in (calibration_sentence, convergence_sentence, reasons_sentence):
        environment.filters[words.__name__] = words
    return environment
