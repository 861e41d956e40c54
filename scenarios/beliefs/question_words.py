"""The question that asks for a belief about a driver, in plain units, and a belief in the same words."""

from lull.data.event_kinds import STATES
from lull.model.spec import Normal
from lull.scenarios.beliefs.plain_units import SILENT, WEEKS, chance, plain_quantiles

NAMES = {
    "deterrence": "a strike or threat against it",
    "pressure": "pressure or condemnation",
    "mobilisation": "a mobilisation",
    "leader_removed": "the removal of a leader",
    "patron": "an act of restraint by the patron",
    "ceasefire": "a written ceasefire",
    "ceasefire_verbal": "a verbal ceasefire",
    "ceasefire_partial": "a partial ceasefire",
    "ceasefire_holiday": "a holiday ceasefire",
    "ceasefire_humanitarian": "a humanitarian ceasefire",
    "ceasefire_other_side": "a ceasefire of the other side alone",
    "agreement": "a peace agreement",
    "agreement_process": "an agreement on a process",
    "declared_halt": "a halt that the faction declares",
    "ceasefire_ran_out": "the end of a ceasefire that ran out",
    "ceasefire_broken_off": "the end of a ceasefire that was broken off",
    "ceasefire_replaced": "the end of a ceasefire that was replaced",
}
TITLES = {"resumption": "Resuming", "halting": "Pausing", "intensity": "Attack rate when active"}


def question_words(driver: str, mechanism: str) -> str:
    """Return the question."""
    name, lasts = NAMES[driver], driver in STATES
    if mechanism == "intensity":
        when = f"While {name} holds" if lasts else f"In the week after {name}"
        return f"{when}, attacks become how many times what they were?"
    who = f"that have been silent for {SILENT} weeks" if mechanism == "resumption" else "that attack about once a week"
    what = "how many attack again" if mechanism == "resumption" else "in how many does a pause begin"
    when = f"when {name} begins and holds" if lasts else f"when there is {name}"
    return f"Of 100 factions {who} {when}, {what} within {WEEKS} weeks?"


def without_words(driver: str, mechanism: str) -> str:
    """Return what the priors say of the same without the driver."""
    alone = "× 1" if mechanism == "intensity" else f"{100 * chance(mechanism, 0.0, driver):.0f} of 100"
    return f"without it {alone}"


def belief_words(belief: Normal, driver: str, mechanism: str) -> str:
    """Return a belief in plain units: the median and the likely range, which holds nine in ten."""
    low, middle, high = plain_quantiles(mechanism, belief, driver).values()
    if mechanism == "intensity":
        return f"× {middle:.2f} [{low:.2f}, {high:.2f}]"
    return f"{100 * middle:.0f} of 100 [{100 * low:.0f}, {100 * high:.0f}]"
