"""The evidence: what the counts were made from, which reports disagree, what the data taught, the verdict."""

import streamlit as st

from pages.frame import Screen, screen
from scenarios.evidence_used import completeness_sentence, convergence, evidence_used, lever_notes
from scenarios.wording import LEVERS, lever_note_rows


def show_evidence() -> None:
    """Show how far to trust the run."""
    with screen("Evidence") as at:
        _show_reports(at)
        _show_levers(at)
        _show_sampler(at)


def _show_reports(at: Screen) -> None:
    evidence = evidence_used(at.run.record)
    days = f"{evidence.first_day:%-d %B %Y} to {evidence.last_day:%-d %B %Y}"
    late = completeness_sentence(evidence)
    st.header("Reports")
    if evidence.kind == "counts":
        st.write(f"Weekly counts as given, {days}. {late}")
        return
    st.write(f"{evidence.known} reports known, {evidence.used} used, {days}. {late}")
    with st.expander(f"Set aside: {sum(evidence.set_aside.values())} reports"):
        st.dataframe([{"reason": why, "reports": n} for why, n in evidence.set_aside.items()], hide_index=True)
    with st.expander(f"In tension: {len(evidence.tension)} reports that the others speak against"):
        st.write("They are kept, and weighed by their likely error.")
        st.dataframe([row.model_dump(mode="json") for row in evidence.tension], hide_index=True)


def _show_levers(at: Screen) -> None:
    st.header("What the data taught about each lever")
    st.write(LEVERS)
    st.dataframe(lever_note_rows(lever_notes(at.run.diagnostics())), hide_index=True)


def _show_sampler(at: Screen) -> None:
    verdict = convergence(at.run.diagnostics())
    st.header("The sampler")
    figures = f"R-hat {verdict.rhat:.3f}, {verdict.ess_bulk:.0f} effective draws, {verdict.draws:,} draws"
    st.write(f"**{verdict.grade}**. {'; '.join(verdict.reasons)}. ({figures}; run {at.run.run_id})")
