"""The screen without a run: the fit of the embedded case, its progress and a way to stop it, and what it is made of.

The fit is a process of its own; this screen starts it, the first time by itself, looks at it, and can ask it to stop.
"""

import streamlit as st

from lull.batch.fit_queue import cancel, place, start
from lull.batch.jobs import FOLDER, Job, Status, jobs
from lull.data.evidence import embedded_evidence
from lull.data.schema import InputError
from lull.data.settings import limits, settings
from lull.model.runs.store import Store
from lull.pages.widgets.user_folders import check_room

BEGUN = "begun"  # a file among the jobs: the embedded case was started once
LOOK_EVERY = 1.0  # seconds between two looks at a fit under way
WORDS = {
    "waiting": "Waiting for its turn",
    "starting": "Starting",
    "running": "Working",
    "finished": "Finished",
    "failed": "The fit failed",
    "cancelled": "Fit cancelled; nothing was saved",
}


def show_first_run(store: Store) -> None:
    """Show what can be done when the store has no run; at the first visit the embedded case is fitted unasked."""
    st.title("When do attacks pause, and when do they resume?")
    st.write(
        "Lull reads reports of attacks, reconstructs weekly counts, fits a model with active and halted regimes, "
        "and shows what scenarios change."
    )
    _start_once(store)
    busy = any(not job.status().over for job in jobs(store))
    state = (
        "A fit is under way: 1 to 5 minutes. The forecast then shows here by itself; below is what it is made of."
        if busy
        else "It has not been fitted yet. A fit takes 1 to 5 minutes, in the background."
    )
    st.write(f"**The embedded case**: the Islamic Resistance in Iraq as known on 31 December 2024, two fronts. {state}")
    if st.button("Fit the embedded case", type="primary", disabled=busy, key="fit"):
        _start(store)
    st.caption("Or upload your own data under “Your data”, or use `lull forecast --counts FILE` on the command line.")
    if not busy:
        _watch(store)
    from lull.pages.panels.embedded_evidence import show_embedded_evidence  # noqa: PLC0415 - draws pictures, a second

    show_embedded_evidence()


@st.fragment(run_every=LOOK_EVERY)
def _watch(store: Store) -> None:
    """Renew the page when another reader has started a fit, or a run has come from elsewhere."""
    if any(not job.status().over for job in jobs(store)) or store.survey().runs:
        st.rerun()


def _start_once(store: Store) -> None:
    """Start the fit of the embedded case if this store never saw one: who cancelled it is not asked again."""
    begun = store.folder / FOLDER / BEGUN
    if not settings().first_fit or begun.exists() or jobs(store):
        return
    try:
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.touch()
    except OSError:  # the button then says what is wrong
        return
    _start(store)


def show_jobs(store: Store, *, log: bool = False) -> None:
    """Show the fits under way, with what their processes wrote if `log`, and those that went wrong."""
    for job in jobs(store):
        status = job.status()
        if status.state == "finished":
            job.forget()
        elif status.over:
            _show_ended(job, status)
        else:
            _show_running(job, log=log)


def _start(store: Store) -> None:
    """Start the fit of the embedded case, or say why it cannot be."""
    try:
        check_room()
        start(embedded_evidence(), store)
    except InputError as error:
        st.error(f"The fit could not be started. {error}")
    else:
        st.rerun()


def _show_ended(job: Job, status: Status) -> None:
    """Show a fit that failed or was cancelled, until it is dismissed."""
    show = st.info if status.state == "cancelled" else st.error
    show(f"{WORDS[status.state]}. {status.message}".strip())
    if status.state == "failed":
        with st.expander("Log"):
            st.code(job.log() or "(empty)", language=None)
    if st.button("Dismiss", key=f"dismiss-{job.run_id}"):
        job.forget()
        st.rerun()


@st.fragment(run_every=LOOK_EVERY)
def _show_running(job: Job, *, log: bool) -> None:
    """Show how far a fit is; a fit that ends renews the whole page."""
    status = job.status()
    if status.over:
        st.rerun()
    with st.container(border=True):
        if status.state == "waiting":
            st.markdown(_in_queue(job))
            st.button("Take it out of the queue", key=f"cancel-{job.run_id}", on_click=cancel, args=(job,))
            return
        share = status.done / status.total if status.total else 0.0
        count = f" ({status.done} of {status.total})" if status.total > 1 else ""
        st.progress(min(share, 1.0), text=f"{WORDS[status.state]}: {status.step or 'preparing'}{count}")
        if st.button("Cancel", key=f"cancel-{job.run_id}"):
            with st.spinner("Stopping the fit"):
                cancel(job)
            st.rerun()
        if log:
            with st.expander("Log"):
                st.code(job.log() or "(empty)", language=None)


def _in_queue(job: Job) -> str:
    """Return where in the queue a fit stands, in words."""
    at, allowed = place(job), limits()
    ahead = "It is the next one" if at <= 1 else f"{at - 1} asked before it"
    rule = f"At most {allowed.fits} run at once, {allowed.fits_per_reader} of one reader."
    return f"**{WORDS['waiting']}**: place {max(at, 1)} in the queue. {ahead}. {rule}"
