"""Scenarios and forecasts for a modeller in Python."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lull.scenarios.language.scenario_files import find_scenario, parse_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.document import ForecastDocument


def scenario(source: str | Path) -> Scenario:
    """Return a scenario: of the library by its name, of a TOML or JSON file, or of a text in TOML.

    Parameters
    ----------
    source
        A name such as ``"ceasefire-collapses"``, the path of a file, or TOML itself.

    Returns
    -------
    Scenario
        What `Fit.forecast` and `Fit.ask` take.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> lull.scenario("baseline").id
    'baseline'
    """
    if isinstance(source, str) and "\n" in source:
        return parse_scenario(source, "scenario.toml")
    return find_scenario(source)


@dataclass(frozen=True)
class Forecast:
    """Counts of the weeks ahead under the baseline and scenarios: quantiles, chances, and their differences.

    Examples
    --------
    >>> import lull
    >>> fit = lull.fit("weekly.csv", store="runs")
    >>> forecast = fit.forecast(4)
    >>> forecast.table.column_names[:4]
    ['origin_date', 'scenario_id', 'target', 'series']
    >>> polars.from_arrow(forecast.chances)["horizon"].max()
    4
    """

    document: ForecastDocument
    table: pa.Table
    """The hubverse table: `origin_date, scenario_id, target, series, horizon, target_end_date, output_type, ...`.

    A pyarrow table; `polars.from_arrow` and every library of the dataframe interchange take it as it is."""

    def to_pandas(self) -> Any:
        """Return `table` as a pandas data frame.

        Raises
        ------
        ImportError
            If pandas is not installed (`pip install lull-forecast[frames]`).

        Examples
        --------
        >>> import lull
        >>> lull.fit("weekly.csv", store="runs").forecast(4).to_pandas()["series"].unique().tolist()
        ['north', 'south']
        """
        return self.table.to_pandas()

    @property
    def chances(self) -> pa.Table:
        """The chance of any attack, and of a resumption, by the end of each week ahead, by scenario and series.

        Columns `asked, scenario_id, series, horizon, by, probability, mc_error, difference, difference_low,
        difference_high`: the difference from the baseline is paired, its interval is the central 90 %.
        """
        return pa.Table.from_pylist([row.model_dump() for row in self.document.chances])
