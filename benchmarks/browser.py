"""Time a moved slider in a real browser: from the key press to the new sentence and new pictures, and to the end.

All by the browser's own clock, looked at before each frame. Of the sentence, the curve and the timeline each has to be
another, as it is drawn (`median_ms`, `p95_ms`); what follows, the controls and where the difference comes from, is over
when nothing runs any more (`finished_...`). A belief about ceasefires is moved too (`belief_...`): from the
key's release to another answer, in words or figures. No two moves state the same belief, so that each weighs the draws
anew.
The page is `lull app` on the embedded run (fitted first if the store has none), in a headless Chromium of the system.
`median_ms` and `p95_ms` are of 30 moves of one reader to settings that nobody had before, `known_...` of as many to
settings that somebody had; `belief_target_ms` is what a belief's median is held to, `engine_ms` is what the answer
alone takes; `crowd.py` has many readers. Browser and server share this machine's cores.
"""

import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser, Page, async_playwright
from shared.figures import arguments, begin

from lull.model.runs.store import Store
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.series_session import SeriesSession, open_run
from lull.scenarios.language.draft import with_slot
from lull.scenarios.language.spec import Scale, baseline
from lull.scenarios.language.uncertain import Exactly
from lull.scenarios.presentation.curves import curve_table
from lull.scenarios.results.situation import situation
from lull.scenarios.timeline.rows import standing_table, timeline_table

MOVES, QUICK_MOVES, PATIENCE_MS = 30, 10, 60_000
LAB = "scenarios"
SLIDER, GROUP = "Odds of resuming", "Rates and reporting"
OTHERS = ("Odds of a pause starting", "Attack rate when active")  # each moved on until it is at its end
REST = 0.3  # seconds between two moves: what is drawn after an answer is over
SWEEP = 5  # steps of the slider from its middle to its end
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
TIMELINE = "[role=graphics-document][aria-label^='Weekly attacks']"
SEEN = """[document.querySelector('h2')?.innerText, ...Array.from(
    document.querySelectorAll('[role=graphics-document]'),
    picture => Array.from(picture.querySelectorAll('.mark-line path'), path => path.getAttribute('d')).join())]"""
DONE = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"  # the timeline too
BELIEFS, BELIEF = "What I believe", "Resuming, of 100: most likely"
BELIEVED = f"{LAB}?scenario=ceasefire-extended&question=any+attack+by+2025-06-01"
BELIEF_SWEEP = 4  # moves by ten of 100 in one direction: draws of the embedded run carry 20 on either side
BELIEF_TARGET_MS = 400
ANSWER = """Array.from(document.querySelectorAll('.st-key-answer h2, [data-testid=stMetric]'),
    shown => shown.innerText).join()"""
WATCH = """() => {
    const before = %s;
    let begun, shown;
    addEventListener("%s", () => { begun = performance.now(); }, {once: true, capture: true});
    window.changed = new Promise(done => {
        const look = () => {
            const now = performance.now();
            if (begun && !shown && %s) shown = now - begun;
            shown && %s ? done([shown, now - begun]) : requestAnimationFrame(look);
        };
        look();
    });
}"""
MOVED = WATCH % (SEEN, "keydown", f"{SEEN}.every((one, at) => one !== before[at])", DONE)
BELIEVING = WATCH % (ANSWER, "keyup", f"{ANSWER} !== before", DONE)


@contextmanager
def serving() -> Iterator[tuple[str, psutil.Process]]:
    """Yield the address of `lull app` and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", "lull.cli", "app", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603 - our own
        try:
            _await_health(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/", psutil.Process(server.pid)
        finally:
            server.terminate()


def _await_health(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=1).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


async def opened(browser: Browser, address: str, *, panel: str = GROUP, slider: str = SLIDER) -> Page:
    """Return a lab of a reader of its own at an address, a slider of one of its panels in sight."""
    page = await (await browser.new_context(viewport={"width": 1280, "height": 900})).new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(address)
    await page.locator(TIMELINE).wait_for()
    await page.get_by_text(panel).click()
    await page.get_by_role("slider", name=slider).focus()
    return page


async def moved(page: Page, turn: int) -> list[float]:
    """Return how long one move takes, in milliseconds: to another sentence and other pictures, and to its end.

    It goes to and fro.
    """
    slider = page.get_by_role("slider", name=SLIDER)
    await slider.focus()
    await page.evaluate(MOVED)
    await slider.press("ArrowLeft" if turn // SWEEP % 2 else "ArrowRight")
    return await _taken(page)


async def _taken(page: Page) -> list[float]:
    """Return how long what is watched took, and let the page come to rest."""
    taken: list[float] = await page.evaluate("window.changed")
    await asyncio.sleep(REST)
    return taken


async def set_apart(page: Page, name: str) -> None:
    """Move another slider on, so that nobody had the settings that follow; wait until the link has it."""
    before = page.url
    await page.get_by_role("slider", name=name).press("ArrowRight")
    await page.wait_for_function(f"before => location.href !== before && {DONE}", arg=before)
    await asyncio.sleep(REST)


async def alone(browser: Browser, address: str, moves: int) -> dict[str, float]:
    """Return first paint and the time of a move of one reader."""
    begin = time.perf_counter()
    page = await opened(browser, f"{address}{LAB}")
    first = 1000 * (time.perf_counter() - begin)
    again = time.perf_counter()
    other = await browser.new_page()
    await other.goto(address)
    await other.locator("h1").first.wait_for()
    paint = 1000 * (time.perf_counter() - again)
    await other.close()
    await page.bring_to_front()
    for turn in range(2 * SWEEP):  # what is compiled or specified once
        await moved(page, turn)
    times: dict[bool, list[list[float]]] = {False: [], True: []}
    for fresh, taken in times.items():
        for turn in range(moves):
            if fresh and turn % SWEEP == 0:
                await set_apart(page, OTHERS[turn // SWEEP**2])
            taken.append(await moved(page, turn))
    await page.context.close()
    paints = {"cold_paint_ms": first, "warm_paint_ms": paint}
    return paints | _figures(times[True]) | _figures(times[False], of="known_")


async def believing(browser: Browser, address: str, moves: int) -> dict[str, float]:
    """Return the time of a move of a belief of one reader."""
    page = await opened(browser, f"{address}{BELIEVED}", panel=BELIEFS, slider=BELIEF)
    for key in ("PageUp", "PageUp"):  # the first moves fill caches
        await believed(page, key)
    times = []
    for turn in range(moves):
        if turn % BELIEF_SWEEP == 0:
            await set_apart(page, BELIEF)
        times.append(await believed(page, "PageUp" if turn // BELIEF_SWEEP % 2 else "PageDown"))
    await page.context.close()
    return _figures(times, of="belief_") | {"belief_target_ms": BELIEF_TARGET_MS}


async def believed(page: Page, key: str) -> list[float]:
    """Return how long the answer to one move of a belief takes, in milliseconds, and all that follows it."""
    await page.evaluate(BELIEVING)
    await page.get_by_role("slider", name=BELIEF).press(key)
    return await _taken(page)


def _figures(times: list[list[float]], *, of: str = "") -> dict[str, float]:
    """Return the figures of moves: of what is seen, and of the end."""
    shown, finished = zip(*times, strict=True)
    figures = {"median_ms": statistics.median(shown), "finished_median_ms": statistics.median(finished)}
    figures |= {"p95_ms": _p95(shown), "finished_p95_ms": _p95(finished)}
    return {f"{of}{name}": figure for name, figure in figures.items()}


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def engine() -> dict[str, float]:
    """Return how long the server works on the numbers of one move."""
    run = Store().runs()[0]
    session, question = SeriesSession.of(open_run(run), "israel"), parse_question("any attack by 2025-03-01")
    standing, times = standing_table(situation(run), session, past_weeks=52), []
    for turn in range(MOVES + 2):
        factor = Scale(kind="resumption_hazard", factor=Exactly(exactly=1.1 + turn / 20))
        scenario = with_slot(baseline(), "resumption_hazard", factor)
        begin = time.perf_counter()
        projection = session.project(scenario)
        session.ask(question, scenario, projection)
        answered = time.perf_counter()
        curve_table(session, question, projection)
        timeline_table(standing, session, projection, scenario)
        times.append((1000 * (answered - begin), 1000 * (time.perf_counter() - answered)))
    projected, drawn = (statistics.median(part) for part in zip(*times[2:], strict=True))
    return {"draws": session.state.draws, "engine_ms": projected, "tables_ms": drawn}


async def measure(moves: int) -> dict[str, Any]:
    """Return all figures, of so many moves."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with serving() as (address, _):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            figures: dict[str, Any] = await alone(browser, address, moves)
            figures |= await believing(browser, address, moves)
            await browser.close()
    return figures | engine()


def main() -> None:
    """Print the figures."""
    measurement = begin("browser", arguments(__doc__).parse_args())
    if not Store().runs():
        command = [sys.executable, "-m", "lull.cli", "forecast"]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])  # noqa: S603 - our own
    figures = asyncio.run(measure(QUICK_MOVES if measurement.asked.quick else MOVES))
    measurement.publish(figures, {})


if __name__ == "__main__":
    main()
