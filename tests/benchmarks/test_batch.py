"""The benchmark of many fits in its quick form: a plan on two workers, a part of it on one, CPU seconds by part."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.integration
def test_the_quick_form_measures_every_figure() -> None:
    command = [sys.executable, "benchmarks/batch.py", "--quick", "--at-any-load", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT)
    found = json.loads(run.stdout)
    figures = found["lull"]
    parts = {name: spent for name, spent in figures.items() if name.endswith("_cpu_s") and name != "fit_cpu_s"}
    assert (found["benchmark"], figures["fits"], found["rivals"]) == ("batch", 6, {})
    assert len(parts) == 7
    assert all(spent > 0.0 for spent in parts.values())
    assert 0.5 * figures["fit_cpu_s"] < sum(parts.values()) < figures["fit_cpu_s"]
    assert figures["fits_per_min"] > 0.0 < figures["fits_per_min_1_worker"]
    assert min(figures["worker_peak_mb"], figures["client_peak_mb"]) > 50.0
