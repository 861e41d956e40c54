"""Who compiles and who reads machine code from the disk draw the same posterior, to the last bit."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

FIRST = date(2024, 1, 1)

FIT = """
import hashlib, sys
from pathlib import Path
from lull.data.evidence import Evidence
from lull.model.fitting.fit import FitPlan, find_or_fit
from lull.model.spec import SamplerConfig
from lull.model.runs.store import Store

config = SamplerConfig(chains=2, tune=50, draws=50, thin=1, imputations=1)
plan = FitPlan(Evidence(counts=Path(sys.argv[1])), config=config)
run = find_or_fit(plan, Store(Path(sys.argv[2])), progress=lambda *_: None)
posterior = run.posterior()["posterior"].to_dataset()
content = b"".join(posterior[name].to_numpy().tobytes() for name in sorted(posterior.data_vars))
print(hashlib.sha256(content).hexdigest())
"""


@pytest.mark.slow
def test_draws_do_not_depend_on_who_compiled(tmp_path: Path) -> None:
    counts = [3, 0, 0, 5, 9, 2, 0, 0, 0, 0, 1, 4, 6, 2, 3, 0, 1, 7, 2, 5]
    rows = [f"a,{FIRST + timedelta(weeks=week)},{count}" for week, count in enumerate(counts)]
    (tmp_path / "weekly.csv").write_text("\n".join(["series,week_start,count", *rows, ""]))
    new = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'compiled'}", "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}

    def digest(store: str) -> str:
        command = [sys.executable, "-c", FIT, str(tmp_path / "weekly.csv"), str(tmp_path / store)]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | new).stdout

    assert digest("compiles") == digest("reads")
