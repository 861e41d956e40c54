"""Where tasks are done: who is let in by TLS, and how many workers a machine carries."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from distributed import LocalCluster, Security

from lull.batch import cluster
from lull.batch.cluster import WORKER_BYTES, Where, client_of, workers_that_fit
from lull.data.schema import InputError

Pair = tuple[Path, Path]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Pair]:
    """A function that makes a certificate which signs itself, and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "certificates are made by the command openssl"

    def make(name: str) -> Pair:
        certificate, key = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        how = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        files = ["-subj", f"/CN={name}", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run([openssl, *how, *files], check=True, capture_output=True)
        return certificate, key

    return make


def test_a_scheduler_with_tls_takes_who_has_its_certificates_and_nobody_else(
    made: Callable[[str], Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    (certificate, key), (strange, its_key) = made("ours"), made("strange")
    roles = {f"tls_{role}_cert": str(certificate) for role in ("scheduler", "worker", "client")}
    roles |= {f"tls_{role}_key": str(key) for role in ("scheduler", "worker", "client")}
    security = Security(tls_ca_file=str(certificate), require_encryption=True, **roles)
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 5)
    with LocalCluster(
        1, processes=False, dashboard_address=":0", protocol="tls://", security=security, host="127.0.0.1"
    ) as there:
        address = there.scheduler_address
        with client_of(Where(address, certificate, certificate, key), tasks=1) as client:
            assert client.submit(sum, [1, 2]).result() == 3
        for stranger in (Where(address, strange, strange, its_key), Where(address.replace("tls", "tcp"))):
            with (
                pytest.raises(InputError, match="expected a Dask scheduler that answers"),
                client_of(stranger, tasks=1),
            ):
                pass


def test_tls_files_and_address_go_together(made: Callable[[str], Pair], tmp_path: Path) -> None:
    certificate, key = made("ours")
    assert Where("tcp://10.0.0.1:8786").security() is None
    with pytest.raises(InputError) as error:
        Where("tls://10.0.0.1:8786", certificate, tmp_path / "none.pem").security()
    assert [problem.where for problem in error.value.problems] == ["--tls-cert", "--tls-key"]
    for address in ("tcp://10.0.0.1:8786", None):
        with pytest.raises(InputError, match="--tls-ca: expected an address that begins with tls://"):
            Where(address, certificate, certificate, key).security()


@pytest.mark.parametrize(
    ("cores", "fits", "tasks", "workers"), [(4, 9, 9, 4), (4, 2, 9, 2), (4, 9, 1, 1), (4, 0, 9, 1)]
)
def test_there_are_as_many_workers_as_cores_memory_and_tasks_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, fits: int, tasks: int, workers: int
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=fits * WORKER_BYTES + 1))
    assert workers_that_fit(tasks) == workers


@pytest.mark.integration
def test_a_script_without_a_guard_is_not_run_again_in_each_worker(tmp_path: Path) -> None:
    script = tmp_path / "night.py"
    script.write_text(
        "from lull.batch.cluster import Where, client_of\n"
        "print('begun', flush=True)\n"
        "with client_of(Where(workers=2), tasks=2) as client:\n"
        "    print(client.submit(sum, [1, 2]).result())\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == ["begun", "3"], done.stderr


@pytest.mark.integration
def test_a_worker_of_this_machine_has_one_core_and_keeps_the_memory_that_it_frees() -> None:
    with client_of(Where(workers=1), tasks=1) as client:
        for name, value in {"NUMBA_NUM_THREADS": "1", **cluster.KEPT_MEMORY}.items():
            assert set(client.run(os.getenv, name).values()) == {value}
