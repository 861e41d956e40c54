"""The evidence: what the counts were made from, which reports disagree, what the data taught, verdict, record."""

import streamlit as st

from lull.evaluation.presentation.charts import coverage_chart, skill_chart
from lull.evaluation.presentation.wording import (
    WHAT_IT_IS,
    coverage_sentence,
    excluded_sentence,
    fits_sentence,
    mixture_sentence,
    paired_sentence,
    scored_sentence,
    skill_rows,
    verdict_sentence,
)
from lull.evaluation.record import LULL, Record, last_record
from lull.pages.drivers.driver_table import show_drivers, show_scenario_record
from lull.pages.panels.folded_table import show_folded
from lull.pages.pictures.past_forecasts import show_reliability, show_replicates
from lull.pages.pictures.whiskers import show_reports_apart
from lull.pages.widgets.layout import Screen, choose_series, screen
from lull.pages.widgets.run_cache import parts_of
from lull.pages.widgets.session import current
from lull.pages.widgets.user_folders import reader_store
from lull.scenarios.engine.hits import share_sentences
from lull.scenarios.presentation.rows import Z, part_rows, set_aside_rows
from lull.scenarios.presentation.verdicts import calibration_sentence, reasons_sentence
from lull.scenarios.presentation.wording import REPLICATED, evidence_sentence, literal
from lull.scenarios.results.evidence_used import (
    convergence,
    evidence_used,
    replicates,
)


def show_evidence() -> None:
    """Show how far to trust the run."""
    with screen("Evidence") as at:
        _show_reports(at)
        _show_parts(at)
        show_drivers(at.run)
        _show_sampler(at)
        _show_record(at)
        show_scenario_record(reader_store())


def _show_reports(at: Screen) -> None:
    evidence = evidence_used(at.run.record)
    st.header("Reports")
    st.write(evidence_sentence(evidence))
    if evidence.kind == "counts":
        return
    for sentence in share_sentences(at.run.record):
        st.write(literal(sentence))
    show_folded(set_aside_rows(evidence), f"Set aside: {sum(evidence.set_aside.values())} reports", key="aside")
    if evidence.tension:
        st.write(
            f"Inconsistent reports: {len(evidence.tension)}. They stay in the data, weighted by their likely error. {Z}"
        )
        show_reports_apart(evidence.tension, key="reports.apart")


def _show_parts(at: Screen) -> None:
    st.header("The models of the forecast")
    st.write("Every number elsewhere is that of the pool. In each path one of the models decides; alone they say:")
    choose_series(at)
    st.dataframe(part_rows(parts_of(at.run, current().series)), hide_index=True)


def _show_sampler(at: Screen) -> None:
    verdict = convergence(at.run)
    st.header("Convergence")
    figures = f"R-hat {verdict.rhat:.3f}, {verdict.ess_bulk:.0f} effective draws, {verdict.draws:,} draws"
    st.write(f"**{verdict.grade}**. {literal(reasons_sentence(verdict))} ({figures}; run {at.run.run_id})")
    rows = replicates(at.run.diagnostics())
    if rows:
        st.header("Posterior predictive check")
        st.write(literal(verdict.replication))
        show_replicates(rows)
        st.caption(REPLICATED)


def _show_record(at: Screen) -> None:
    """Show the last backtest of the same counts or reports, or how to make one."""
    st.header("Its past forecasts")
    st.write(literal(calibration_sentence(convergence(at.run))))
    show_reliability(at.run)
    record = last_record(reader_store(), at.run.record.get("plan", {}).get("evidence", {}))
    if record is None:
        st.write("No backtest of these data yet: `lull backtest` scores past forecasts and those of simple baselines.")
        return
    st.write(literal(f"{scored_sentence(record)} {excluded_sentence(record)}"))
    st.write(f"**{literal(verdict_sentence(record, LULL))}**")
    for model in record.models:
        st.write(literal(coverage_sentence(record, model)))
    for fits in record.fits:
        (st.caption if fits.converged else st.warning)(literal(fits_sentence(fits)))
    st.write(literal(f"{paired_sentence(record, LULL)} {mixture_sentence(record)}"))
    _draw(record)
    show_folded(skill_rows(record), "Skill by question as a table", key="skill")
    st.caption(f"{WHAT_IT_IS} Backtest {record.backtest_id} of {record.made_on}.")


def _draw(record: Record) -> None:
    for name, chart in {"skill": skill_chart(record), "coverage": coverage_chart(record)}.items():
        spec = chart.to_dict()
        words = str(spec.pop("description"))
        st.vega_lite_chart(spec=spec, alt=words, key=f"chart.record.{name}", width="stretch")
