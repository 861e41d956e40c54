"""Tasks on a cluster: every one that is not in the store is done, failures are tried again, none stops the rest.

Tasks are of a kind, which says how one travels and who does it. The client holds a bounded window of tasks and none of
their results; what they made is in the store. After a process was killed, the same call does
only what is missing.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from distributed import Client, Future, as_completed

from lull.batch.plan import Batch, Task
from lull.batch.tasks import Outcome, do, finished, not_done, packed
from lull.model.runs.store import Store, content_id

RETRIES = 2  # of a task that raised; one whose worker died is tried as often by the scheduler
AHEAD = 2  # tasks for each thread that wait with the scheduler, so that no worker waits for the client
LOST = "The scheduler is gone; what was finished is in the store."


class Named(Protocol):
    """What the engine knows of a task: the id of what it makes in the store."""

    @property
    def run_id(self) -> str:
        """The hash of all that decides the result."""

    @property
    def label(self) -> str:
        """The task in words."""


@dataclass(frozen=True)
class Kind[T: Named]:
    """Tasks of one kind: how one is packed for a worker, and the function there that does it."""

    packed: Callable[[T, Store], str]
    do: Callable[[str], Outcome]


RUNS = Kind[Task](packed, do)

type Heard[T: Named] = Callable[[T, Outcome], None]


def missing(batch: Batch, store: Store) -> list[Task]:
    """Return the tasks of a batch whose run or table is not in the store."""
    return [task for task in batch.tasks if not task.finished(store)]


def run_tasks(tasks: Sequence[Task], store: Store, client: Client, *, heard: Heard[Task]) -> list[Outcome]:
    """Do the tasks of a batch and return the outcomes of those that failed; `heard` is called with each as it ends."""
    return do_tasks(RUNS, tasks, store, client, heard=heard)


def do_tasks[T: Named](
    kind: Kind[T], tasks: Sequence[T], store: Store, client: Client, *, heard: Heard[T]
) -> list[Outcome]:
    """Do tasks of a kind and return the outcomes of those that failed; `heard` is called with each as it ends."""
    failures: list[Outcome] = []
    for task, outcome in _outcomes(kind, tasks, store, client):
        heard(task, outcome)
        if outcome["status"] == "failed":
            failures.append(outcome)
    return failures


def outcome_of(task: Task, store: Store, failures: dict[str, Outcome]) -> Outcome:
    """Return the outcome of a task: what the store holds, or why it failed."""
    run = task.run(store) if task.finished(store) else None
    return finished(run) if run else failures.get(task.run_id, not_done(task.run_id, "not done"))


def _outcomes[T: Named](kind: Kind[T], tasks: Sequence[T], store: Store, client: Client) -> Iterator[tuple[T, Outcome]]:
    """Yield each task with its outcome as it ends, a bounded number of them under way at a time."""
    waiting = iter(tasks)
    under_way: dict[Future, T] = {}
    ended = as_completed(loop=client.loop)

    def submit(count: int) -> None:
        for task in islice(waiting, count):
            future = _submitted(kind, task, store, client)
            under_way[future] = task
            ended.add(future)

    submit(AHEAD * max(1, sum(client.nthreads().values())))
    for future in ended:
        task = under_way.pop(future)
        outcome = _outcome(task, future)
        yield task, outcome
        if outcome["reason"] == LOST:
            yield from ((left, not_done(left.run_id, LOST)) for left in (*under_way.values(), *waiting))
            return
        submit(1)


def _submitted[T: Named](kind: Kind[T], task: T, store: Store, client: Client) -> Future:
    """Return the future of a task."""
    text = kind.packed(task, store)
    return client.submit(kind.do, text, key=f"lull-{content_id({'task': text})}", retries=RETRIES)


def _outcome(task: Named, future: Future) -> Outcome:
    """Return the outcome of a future that ended, however it did."""
    try:
        outcome: Any = future.result()
    except CancelledError:
        return not_done(task.run_id, LOST)
    except Exception as error:  # noqa: BLE001 - whatever happened in a worker, the batch goes on
        return not_done(task.run_id, f"{type(error).__name__}: {error}".replace("\n", " "))
    return dict(outcome)
