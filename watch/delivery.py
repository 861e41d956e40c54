"""Messages sent once: each sending is written down before it begins and after it ended.

A message that a server refused is due again at the next pass. One whose sending was begun when the pass was killed may
have arrived: it is not sent again, and the next pass says so.
"""

from collections.abc import Callable, Sequence

from lull.watch.channels import Channel, NotSentError
from lull.watch.past_pass import Message, Sending, State

type Save = Callable[[State], None]


def deliver(state: State, channels: Sequence[Channel], save: Save) -> tuple[State, tuple[str, ...]]:
    """Return the state after sending what is due, and what went wrong; `save` keeps the state at each step."""
    problems: list[str] = []
    by_name = {channel.name: channel for channel in channels}
    for message in state.outbox:
        for name, sending in message.channels.items():
            current = next(one for one in state.outbox if one.id == message.id)
            if sending == "begun":
                problems.append(
                    f"The message of {message.day} may have gone to the {name}: the pass that sent it was interrupted. "
                    "It is not sent again."
                )
                state = _marked(state, current, name, "unknown", save)
            elif sending == "due" and name not in by_name:
                problems.append(f"The message of {message.day} was not sent: the watch has no {name} any more.")
                state = _marked(state, current, name, "unknown", save)
            elif sending == "due":
                state, problem = _sent(state, current, by_name[name], save)
                problems += [problem] if problem else []
    return state, tuple(problems)


def _sent(state: State, message: Message, channel: Channel, save: Save) -> tuple[State, str]:
    """Send one message on one channel; return the state, and what is to be said of it."""
    state = _marked(state, message, channel.name, "begun", save)
    begun = next(one for one in state.outbox if one.id == message.id)
    try:
        said = channel.send(begun)
    except NotSentError as error:
        reason = f"The {channel.name} did not take the message of {message.day}: {error}. The next pass tries again."
        return _marked(state, begun, channel.name, "due", save), reason
    return _marked(state, begun, channel.name, "sent", save), said


def _marked(state: State, message: Message, name: str, sending: Sending, save: Save) -> State:
    marked = message.model_copy(update={"channels": message.channels | {name: sending}})
    state = state.with_message(marked)
    save(state)
    return state
