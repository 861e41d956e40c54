"""Where tasks are done: processes of this machine, sized to it, or a Dask cluster by its address.

A worker of this machine has one core and its share of the memory, whatever the libraries inside would take.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import ModuleType

import dask
import psutil
from distributed import Client, LocalCluster, Security

from lull.data.schema import InputError, Problem

WORKER_BYTES = 1_500_000_000  # what a fit of a long panel takes, with its libraries
WAIT_SECONDS = 30  # for a scheduler to answer, and for its first worker
ONE_CORE = ("PYTHON_CPU_COUNT", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

# What a fit frees stays with its process, for the next one: Dask's own setting gives it back to the system at once, and
# to be given it again, page by page, took a fifth of the CPU time of a fit (glibc, mallopt(3); bytes).
KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "134217728", "MALLOC_MMAP_THRESHOLD_": "33554432"}


@dataclass(frozen=True)
class Where:
    """A cluster: an address with its TLS files, or so many workers of this machine (None: as many as fit)."""

    address: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    workers: int | None = None

    def security(self) -> Security | None:
        """Return what TLS needs; None without. Raises `InputError` if the address and the files do not go together."""
        files = {"--tls-ca": self.ca, "--tls-cert": self.certificate, "--tls-key": self.key}
        if not (self.address or "").startswith("tls://"):
            given = [name for name, path in files.items() if path]
            if given:
                problem = Problem(given[0], "an address that begins with tls://", str(self.address), "See --scheduler.")
                raise InputError(problem)
            return None
        wrong = [
            Problem(name, "a file that can be read", str(path or "none"), "A tls:// address needs all three.")
            for name, path in files.items()
            if path is None or not path.is_file()
        ]
        if wrong:
            raise InputError(wrong)
        named = {"tls_ca_file": self.ca, "tls_client_cert": self.certificate, "tls_client_key": self.key}
        return Security(require_encryption=True, **{name: str(path) for name, path in named.items()})


def workers_that_fit(tasks: int) -> int:
    """Return how many workers this machine carries: one a core, as memory allows, no more than tasks."""
    cores = os.process_cpu_count() or 1
    return max(1, min(cores, psutil.virtual_memory().available // WORKER_BYTES, tasks))


@contextmanager
def client_of(where: Where, *, tasks: int) -> Iterator[Client]:
    """Yield a client of the cluster, which has at least one worker. Raises `InputError` if nobody answers."""
    security = where.security()
    with _remote(where, security) if where.address else _local(where.workers or workers_that_fit(tasks)) as client:
        yield client


@contextmanager
def _remote(where: Where, security: Security | None) -> Iterator[Client]:
    try:
        client = Client(where.address, security=security, timeout=WAIT_SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=WAIT_SECONDS)
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        remedy = "Start `dask scheduler` and `dask worker ADDRESS` from the same installation."
        expected = "a Dask scheduler that answers, with a worker"
        problem = Problem(f"--scheduler {where.address}", expected, str(error) or type(error).__name__, remedy)
        raise InputError(problem) from error
    try:
        yield client
    finally:
        client.close(timeout=2)


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    environment = dict.fromkeys(ONE_CORE, "1") | KEPT_MEMORY
    before_spawn = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in environment.items()}
    share = min(psutil.virtual_memory().available // workers, psutil.virtual_memory().total // workers)
    with dask.config.set(before_spawn), _children_without_main(), ExitStack() as opened:
        with _children_without_interrupts():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=share,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            opened.enter_context(cluster)
        yield opened.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _children_without_main() -> Iterator[None]:
    """Let processes begun in the block not run the caller's program first, of which they need nothing.

    A script without `if __name__ == "__main__"` would run again in each worker, and the file of a page may be gone.
    The block lasts as long as the workers do, since one that dies is replaced.
    """
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@contextmanager
def _children_without_interrupts() -> Iterator[None]:
    """Let threads and processes begun in the block not hear Ctrl-C: a terminal tells every process, one answers.

    If it comes meanwhile this process hears it when the block ends.
    """
    resource_tracker.ensure_running()  # else the first process to be spawned starts it, which lets signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
