"""Beliefs in a batch plan: a file, or its tables; part of what names each run, and every mistake with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lull.batch.plan import read_batch
from lull.batch.tasks import packed
from lull.data.schema import InputError
from lull.model.runs.store import Store
from lull.model.spec import Normal

WhichPlan = Callable[..., Path]
BELIEFS = 'who = "Ada"\n[driver.ceasefire.halting]\nmean = 0.2\nsd = 0.3\n'
INLINE = BELIEFS.replace("[driver", "[priors.driver").replace("who", "[priors]\nwho")
FILE = '[priors]\nfile = "beliefs.toml"\n'


def believing(text: str) -> Callable[[str], str]:
    return lambda plan: f"{plan}\n{text}"


@pytest.mark.parametrize("text", [FILE, INLINE])
def test_beliefs_of_a_plan_are_in_each_fit_and_name_it(write_plan: WhichPlan, weekly: Path, text: str) -> None:
    (weekly.parent / "beliefs.toml").write_text(BELIEFS)
    bare = read_batch(write_plan(series=("Bison",)))
    batch = read_batch(write_plan(series=("Bison",), change=believing(text)))
    assert {task.run_id for task in batch.tasks}.isdisjoint(task.run_id for task in bare.tasks)
    for task in batch.tasks:
        assert task.plan.priors.halt_effect["ceasefire"] == Normal(0.2, 0.3)
        assert task.plan.beliefs == {"who": "Ada", "driver": {"ceasefire": {"halting": {"mean": 0.2, "sd": 0.3}}}}
    assert "Ada" in packed(batch.tasks[0], Store(weekly.parent))
    assert "beliefs" not in bare.tasks[0].plan.identity()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (INLINE.replace("ceasefire", "ceasefyre"), "priors, driver, ceasefyre: expected a kind of event"),
        (INLINE.replace("halting", "halt"), "priors, driver, ceasefire, halt: expected a known key, found 'halt'"),
        ("[priors]\n", "a file, or tables such as [priors.driver.ceasefire.halting]"),
        (FILE.replace("beliefs", "none"), "none.toml"),
        (FILE.replace("file", "fil"), "Did you mean 'file'?"),
    ],
)
def test_a_mistake_in_the_beliefs_of_a_plan_is_named(write_plan: WhichPlan, text: str, said: str) -> None:
    with pytest.raises(InputError) as found:
        read_batch(write_plan(series=("Bison",), change=believing(text)))
    assert said in str(found.value)


PLANS = {"bare.toml": "", "fork.toml": "[[priors.fork]]\nexpires = 0.1\nextended = 0.1\ncollapses = 0.8\n"}


def _under_the_fork(plan: Path) -> Path:
    plan.write_text(plan.read_text().replace('"resumption-forced.toml"', '"ceasefire-fork"'))
    return plan


def test_branches_of_a_plan_are_in_its_scenarios_and_name_no_fit(write_plan: WhichPlan) -> None:
    forked = (write_plan(series=("Bison",), name=name, change=believing(text)) for name, text in PLANS.items())
    bare, batch = (read_batch(_under_the_fork(path)) for path in forked)
    assert [task.run_id for task in batch.tasks] == [task.run_id for task in bare.tasks]
    assert [each.probability for each in batch.tasks[0].request.scenarios[-1].branches] == [0.1, 0.1, 0.8]
    assert batch.batch_id != bare.batch_id
