"""Where tasks are done: what TLS is told, and how many workers a machine carries."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from batch.cluster import WORKER_BYTES, Where, workers_that_fit


def test_the_files_of_tls_are_passed_on_and_encryption_asked_for() -> None:
    security = Where("tls://10.0.0.1:8786", Path("ca.pem"), Path("cert.pem"), Path("key.pem")).security()
    assert security is not None
    told = (security.tls_ca_file, security.tls_client_cert, security.tls_client_key, security.require_encryption)
    assert told == ("ca.pem", "cert.pem", "key.pem", True)
    assert Where("tcp://10.0.0.1:8786").security() is None


@pytest.mark.parametrize(
    ("cores", "fits", "tasks", "workers"), [(4, 9, 9, 4), (4, 2, 9, 2), (4, 9, 1, 1), (4, 0, 9, 1)]
)
def test_there_are_as_many_workers_as_cores_memory_and_tasks_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, fits: int, tasks: int, workers: int
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=fits * WORKER_BYTES + 1))
    assert workers_that_fit(tasks) == workers
