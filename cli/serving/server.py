"""The server of `lull app`: Streamlit, while the modules that every screen needs are imported ahead of time."""

import runpy
import sys
import threading
from importlib import import_module

READ_AHEAD = (
    "lull.scenarios.engine.series_session",
    "lull.scenarios.presentation.curves",
    "lull.scenarios.presentation.lab_charts",
    "lull.scenarios.presentation.compare_charts",
    "lull.pages.screens.lab",
)


def read_ahead() -> None:
    """Import what takes seconds and every screen needs."""
    for name in READ_AHEAD:
        import_module(name)


if __name__ == "__main__":
    threading.Thread(target=read_ahead, daemon=True).start()
    sys.argv[0] = "streamlit"
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
