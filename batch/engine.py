"""A batch on a cluster: every task that is not in the store is done, failures are tried again, none stops the rest.

The client holds a bounded window of tasks and none of their results; what they made is in the store. Whatever is
killed, the same call afterwards does only what is missing.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from itertools import islice
from typing import Any

from distributed import Client, Future, as_completed

from batch.plan import Batch, Task
from batch.work import Outcome, do, failed, finished, packed
from model.store import Store, content_id

RETRIES = 2  # of a task that raised; one whose worker died is tried as often by the scheduler
AHEAD = 2  # tasks for each thread that wait with the scheduler, so that no worker waits for the client
LOST = "The scheduler is gone; what was finished is in the store."

type Heard = Callable[[Task, Outcome], None]


def missing(batch: Batch, store: Store) -> list[Task]:
    """Return the tasks of a batch whose run or table is not in the store."""
    return [task for task in batch.tasks if not task.finished(store)]


def run_tasks(tasks: Sequence[Task], store: Store, client: Client, *, heard: Heard) -> list[Outcome]:
    """Do tasks and return the outcomes of those that failed; `heard` is told of each as it ends."""
    failures: list[Outcome] = []
    for task, outcome in _outcomes(tasks, store, client):
        heard(task, outcome)
        if outcome["status"] == "failed":
            failures.append(outcome)
    return failures


def outcome_of(task: Task, store: Store, failures: dict[str, Outcome]) -> Outcome:
    """Return what became of a task: what the store holds, or why it failed."""
    run = task.run(store) if task.finished(store) else None
    return finished(run) if run else failures.get(task.run_id, failed(task, "not done"))


def _outcomes(tasks: Sequence[Task], store: Store, client: Client) -> Iterator[tuple[Task, Outcome]]:
    """Yield each task with its outcome as it ends, a bounded number of them under way at a time."""
    waiting = iter(tasks)
    under_way: dict[Future, Task] = {}
    ended = as_completed(loop=client.loop)

    def submit(count: int) -> None:
        for task in islice(waiting, count):
            future = _submitted(task, store, client)
            under_way[future] = task
            ended.add(future)

    submit(AHEAD * max(1, sum(client.nthreads().values())))
    for future in ended:
        task = under_way.pop(future)
        outcome = _outcome(task, future)
        yield task, outcome
        if outcome["reason"] == LOST:
            yield from ((left, failed(left, LOST)) for left in (*under_way.values(), *waiting))
            return
        submit(1)


def _submitted(task: Task, store: Store, client: Client) -> Future:
    """Return the future of a task."""
    text = packed(task, store)
    return client.submit(do, text, key=f"lull-{content_id({'task': text})}", retries=RETRIES)


def _outcome(task: Task, future: Future) -> Outcome:
    """Return the outcome of a future that ended, however it did."""
    try:
        told: Any = future.result()
    except CancelledError:
        return failed(task, LOST)
    except Exception as error:  # noqa: BLE001 - whatever happened in a worker, the batch goes on
        return failed(task, f"{type(error).__name__}: {error}".replace("\n", " "))
    return dict(told)
