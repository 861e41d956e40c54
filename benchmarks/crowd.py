"""Many readers at once: each a session of its own on one server, moving a slider every two seconds.

A reader here speaks what the browser speaks to the server, without drawing, so that the figures are the server's: from
the move to the last message of the answer (`median_ms`, `p95_ms`), errors (a move without an answer is one), and by how
much the server's memory grew after the first third. Each has settings of its own of two more sliders, so that no answer
of one serves another: the first move to a place is computed, a return to it is not. The run is the embedded case's,
which must be in the store.
`--fits 5` queues as many fits of it meanwhile, of other seeds, in the same store.
"""

import asyncio
import statistics
import time
from typing import Any

import psutil
from browser import GROUP, LAB, SLIDER, serving
from shared.figures import arguments, begin
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from lull.batch.fit_queue import start
from lull.data.evidence import embedded_evidence
from lull.model.runs.store import Store

EVERY, LARGEST = 2.0, 200_000_000
PLACES = range(11)  # of the slider's factors, from x 0.25 to x 4
OWN = ("Attack rate when active", "Odds of a pause starting")  # what each reader sets otherwise


class Reader:
    """One session on the lab: `sliders` has Streamlit's widgets by label, `fragment` names the part they renew.

    The sliders stand in a `panel` that is folded at first. `number` counts the readers.
    """

    def __init__(self, socket: ClientConnection, number: int) -> None:
        self.socket, self.panel, self.fragment, self.errors, self.answered = socket, "", "", 0, False
        self.sliders: dict[str, Any] = {}
        self.own = dict(zip(OWN, reversed(divmod(number, len(PLACES))), strict=True))

    async def ask(self, place: int | None = None) -> float:
        """Return how long the server takes to answer: the whole page, or a move of the slider; in milliseconds."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_name = "", LAB
        widgets = message.rerun_script.widget_states.widgets
        if self.panel:
            widgets.add(id=self.panel, bool_value=True)
        if place is not None:
            for label, at in {SLIDER: place, **self.own}.items():
                slider = self.sliders[label]
                widgets.add(id=slider.id).string_array_value.data.append(slider.options[at])
            message.rerun_script.fragment_id = self.fragment
        begin, self.answered = time.perf_counter(), False
        await self.socket.send(message.SerializeToString())
        while True:
            message = ForwardMsg.FromString(await self.socket.recv())
            if (
                message.WhichOneof("type") == "script_finished"
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                self.errors += not self.answered
                return 1000 * (time.perf_counter() - begin)
            self._look_at(message)

    def _look_at(self, message: Any) -> None:
        """Note where the panel and the slider are, errors, and whether the answer's sentence has come."""
        element, block = message.delta.new_element, message.delta.add_block
        self.answered |= element.WhichOneof("type") == "markdown" and element.markdown.body.startswith("## ")
        self.errors += element.WhichOneof("type") == "exception"
        if block.WhichOneof("type") == "expandable" and block.expandable.label == GROUP:
            self.panel = block.expandable.id
        if element.WhichOneof("type") == "slider" and element.slider.label in (SLIDER, *OWN):
            self.sliders[element.slider.label], self.fragment = element.slider, message.delta.fragment_id


async def reading(address: str, opened: asyncio.Barrier, seconds: float, times: list[float], number: int) -> int:
    """Open a page, wait until all have theirs, move the slider for so long, and return the errors."""
    late = EVERY * number / opened.parties
    async with connect(address, subprotocols=["streamlit"], max_size=LARGEST) as socket:  # type: ignore[list-item]
        reader = Reader(socket, number)
        await reader.ask()  # the page
        await reader.ask()  # its panel opened
        await opened.wait()
        await asyncio.sleep(late)
        turn, end = number, time.perf_counter() + seconds
        while time.perf_counter() < end:
            turn += 1
            took = await reader.ask(PLACES[turn % len(PLACES)])
            times.append(took)
            await asyncio.sleep(max(0.0, EVERY - took / 1000))
        return reader.errors


async def crowd(address: str, server: psutil.Process, *, sessions: int, seconds: float) -> dict[str, float]:
    """Return what many readers wait, their errors, and what the server's memory grew."""
    times, memory = list[float](), list[float]()
    opened, address = asyncio.Barrier(sessions + 1), address.replace("http", "ws") + "_stcore/stream"

    async def weigh() -> None:
        await opened.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            memory.append(server.memory_info().rss / 1e6)
            await asyncio.sleep(1.0)

    readers = [reading(address, opened, seconds, times, number) for number in range(sessions)]
    _, *errors = await asyncio.gather(weigh(), *readers)
    return {
        "sessions": sessions,
        "moves": len(times),
        "errors": sum(each or 0 for each in errors),
        "median_ms": statistics.median(times),
        "p95_ms": statistics.quantiles(times, n=20)[-1],
        "memory_mb": memory[-1],
        "memory_grown_mb": memory[-1] - memory[len(memory) // 3],
    }


def main() -> None:
    """Print the figures."""
    parser = arguments(__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--fits", type=int, default=0, help="fits in the queue as the readers begin")
    asked = parser.parse_args()
    if asked.quick:
        asked.seconds = 20.0
    measurement = begin("crowd", asked)
    jobs = [start(embedded_evidence(), Store(), seed=seed) for seed in range(2, 2 + asked.fits)]
    with serving() as (address, server):
        figures = asyncio.run(crowd(address, server, sessions=asked.sessions, seconds=asked.seconds))
    measurement.publish(figures | {"fits": len(jobs), "fits_over": sum(job.status().over for job in jobs)}, {})


if __name__ == "__main__":
    main()
