"""What a watch remembers from pass to pass: what was reported of each question and premise, and what is yet to be sent.

The invariant: the file is written whole. What a pass found is in it before anything is sent, and each sending is in it
before and after, so that an interrupted pass leaves a message that was not begun, one that was sent, or one of which
nobody can say more than that it was begun: that one is named in the digest and not sent again.
"""

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from lull.data.files import write_whole
from lull.data.schema import InputError, Problem

STATE, FOLDER = "state.json", ".watch"

type Sending = Literal["due", "begun", "sent", "unknown"]


class Kept(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reported(Kept):
    """A question: its chance at the last pass, and the one that was last reported, with the day if it went out."""

    chance: float
    reported: float
    day: date | None = None


class Premise(Kept):
    """A premise: how it stood at the last pass, and the last week that its scenario's forecast knew."""

    status: Literal["open", "confirmed", "overtaken"]
    since: date


class Message(Kept):
    """What is reported once: its id is a hash of what it says; `channels` says how far it has come on each."""

    id: str
    day: date
    subject: str
    sentences: tuple[str, ...]
    run_id: str
    known_to: date
    channels: dict[str, Sending]

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is still to be sent."""
        return all(state in ("sent", "unknown") for state in self.channels.values())


class State(Kept):
    """The memory of a watch; `entries` is the number of the ledger's last entry that was reported."""

    schema_version: Literal[2] = 2
    passes: int = 0
    entries: int | None = None
    answers: dict[str, Reported] = {}
    premises: dict[str, Premise] = {}
    outbox: tuple[Message, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, given: Any) -> Any:
        """Return a state of version 1 as one of 2: what was last reported of a question had another name in it."""
        if not isinstance(given, dict) or given.get("schema_version") != 1:
            return given
        names, answers = Reported.model_fields, given["answers"].items()
        renamed = {
            key: {name if name in names else "reported": value for name, value in answer.items()}
            for key, answer in answers
        }
        return given | {"schema_version": 2, "answers": renamed}

    def with_message(self, message: Message) -> "State":
        """Return the state with a message in place of the one of its id."""
        rest = tuple(one if one.id != message.id else message for one in self.outbox)
        return self.model_copy(update={"outbox": rest})


def read_state(out: Path) -> State:
    """Return what a watch remembers, nothing at its first pass. Raises `InputError` for a file that is none."""
    path = out / FOLDER / STATE
    if not path.exists():
        return State()
    try:
        return State.model_validate_json(path.read_bytes())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        remedy = "Remove it: the next pass is then a first one, and tells nothing that went before."
        raise InputError(Problem(str(path), "what an earlier pass wrote", type(error).__name__, remedy)) from None


def write_state(out: Path, state: State) -> None:
    """Keep what a watch remembers. Raises `InputError` if it cannot be written."""
    write_whole(out / FOLDER / STATE, state.model_dump_json(indent=1) + "\n")
