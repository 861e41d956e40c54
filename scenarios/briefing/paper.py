"""A page of HTML on paper: PDF, printed by a Chromium of the machine where there is one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 90.0  # seconds
QUIET = ("--headless", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run")
NO_BROWSER = "No PDF: it is printed by Chromium or Chrome, and neither is installed here. Print the HTML page instead."
NOT_PRINTED = "No PDF: the browser could not print the page. Print the HTML page instead."


def browser() -> str | None:
    """Return the browser that prints, None if there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def pdf_of(page: str) -> bytes | None:
    """Return a page of HTML as PDF, on the paper that its style names; None if there is no browser, or it fails."""
    program = browser()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="lull.") as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [program, *QUIET, f"--user-data-dir={folder}/browser", "--no-pdf-header-footer"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to run as root with one
        try:
            subprocess.run(  # noqa: S603 - a browser of the machine, on our own page without scripts
                [*command, f"--print-to-pdf={target}", source.as_uri()],
                check=True, capture_output=True, timeout=PATIENCE,
            )  # fmt: skip
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None
