"""`make pictures`: serve the page, walk the tour of `docs/app.md` through it, and keep its pictures in `docs/pictures`.

Beside them lies what they were made from; `tests/test_figures.py` compares it with the tree, so that pictures of older
evidence or of another model fail. The store must hold the embedded case's run (`make forecast`, or `--store DIR`).
"""

import runpy
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from lull.data.files import write_json

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
KEPT = PICTURES / "made_from.json"
PATIENCE = 60  # seconds until the page is served


def main() -> None:
    """Make the pictures and note what they were made from."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lull = str(Path(sys.executable).with_name("lull"))
    command = [lull, "app", "--no-browser", "--port", str(port), *sys.argv[1:]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603 - our own
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait(f"{address}_stcore/health")
            tour = [sys.executable, str(ROOT / "tests" / "app" / "tour.py"), address, str(PICTURES)]
            subprocess.run(tour, check=True)  # noqa: S603 - our own
        finally:
            server.terminate()
    made_from = runpy.run_path(str(Path(__file__).with_name("embedded_case.py")))["made_from"]
    write_json(KEPT, made_from())


def _wait(address: str) -> None:
    """Return when an address answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - an address of this machine
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


if __name__ == "__main__":
    main()
