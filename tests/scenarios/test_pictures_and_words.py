"""What readers see of a document: pictures with words for those who do not see them, numbers rounded honestly."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lull.cli.printing.forecast_page import print_forecast
from lull.cli.screen.layout import plain_table
from lull.cli.screen.streams import output
from lull.model.runs.store import Store
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.standard import standard_request
from lull.scenarios.overview.run_rows import subject
from lull.scenarios.presentation.charts import BASELINE, FAINT, OTHERS, PALETTE, chance_chart, drawn, fan_chart
from lull.scenarios.presentation.report import report_page
from lull.scenarios.presentation.rows import chance_rows
from lull.scenarios.presentation.verdicts import caution, verdict_sentence
from lull.scenarios.presentation.wording import (
    MINUS,
    UNTAUGHT,
    glued,
    in_points,
    literal,
    moved_points,
    percent,
    points_interval,
    series_name,
    series_sentence,
    with_interval,
)
from lull.scenarios.results.document import DriverEffect, ForecastDocument
from lull.scenarios.results.forecast_cache import Request, find_kept

pytestmark = pytest.mark.integration


@pytest.fixture
def document(answered_store: Store) -> ForecastDocument:
    run = answered_store.runs()[0]
    kept = find_kept(run, standard_request(run))
    assert kept is not None
    return kept.document()


def crowded(document: ForecastDocument) -> ForecastDocument:
    """Return the document with more scenarios than there are colours."""
    first, pattern = document.scenarios[:2]
    ids = [f"scenario-{number}" for number in range(len(PALETTE) + 1)]
    notes = (first, *(pattern.model_copy(update={"id": name, "title": name}) for name in ids))
    rows: dict[str, Any] = {}
    for field in ("weeks", "chances"):
        own = [row for row in getattr(document, field) if row.scenario_id == pattern.id]
        base = [row for row in getattr(document, field) if row.scenario_id == first.id]
        rows[field] = (*base, *(row.model_copy(update={"scenario_id": name}) for name in ids for row in own))
    return ForecastDocument.model_validate({**document.model_dump(), "scenarios": notes, **rows})


def scale(chart: Any, channel: str) -> dict[str, str]:
    """Return the names of a chart's key with what stands for them."""
    found = chart.to_dict()["layer"][0]["encoding"][channel]["scale"]
    return dict(zip(found["domain"], found["range"], strict=True))


def test_every_scenario_has_its_own_colour_and_keeps_it(document: ForecastDocument) -> None:
    keys = [scale(chance_chart(document, "resumption", note.id, "israel"), "color") for note in document.scenarios]
    assert all(key == keys[0] for key in keys)
    assert len(set(keys[0].values())) == len(document.scenarios)
    assert keys[0][document.scenarios[0].title] == BASELINE


def test_of_too_many_scenarios_the_chosen_one_and_the_baseline_are_named(document: ForecastDocument) -> None:
    many = crowded(document)
    key = scale(chance_chart(many, "any attack", "scenario-3", "israel"), "color")
    assert key == {many.scenarios[0].title: BASELINE, "scenario-3": PALETTE[0], OTHERS: FAINT}
    key = scale(chance_chart(many, "any attack", many.scenarios[0].id, "israel"), "color")
    assert key == {many.scenarios[0].title: BASELINE, OTHERS: FAINT}
    assert fan_chart(many, "scenario-3", "israel").to_dict()["description"]


@pytest.mark.parametrize("series", ["israel", "us_forces"])
def test_a_picture_is_drawn_with_its_words(document: ForecastDocument, series: str) -> None:
    for chart in (
        fan_chart(document, "pressure-eases", series),
        chance_chart(document, "resumption", "baseline", series),
    ):
        svg = drawn(chart)
        words = svg.split('aria-label="')[1].split('"')[0]
        assert svg.startswith('<svg role="img"')
        assert series in words


def test_a_week_that_no_report_reaches_is_a_gap(document: ForecastDocument) -> None:
    drawn_rows = fan_chart(document, "baseline", "us_forces").to_dict()["datasets"].values()
    past = [row for rows in drawn_rows for row in rows if row.get("what") == "past"]
    assert {row["week"][:10] for row in past if row["median"] is None} == {
        str(week.week) for week in document.history if week.series == "us_forces" and str(week.week) > "2024-10-28"
    }


@given(st.floats(0, 1))
def test_only_what_is_certain_is_0_or_100_per_cent(probability: float) -> None:
    words = percent(probability)
    assert (words == "0 %") == (probability == 0)
    assert (words == "100 %") == (probability == 1)


@given(st.floats(-1, 1))
def test_points_have_a_sign_unless_they_are_0(difference: float) -> None:
    words = in_points(difference)
    assert words == "0" or words[0] in f"+{MINUS}"
    assert abs(float(words.replace(MINUS, "-")) - 100 * difference) <= 0.5 + 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_difference_agrees_with_the_chances_beside_it_or_has_a_decimal(own: float, base: float) -> None:
    words = moved_points(own, own - base)
    if "." not in words:
        assert int(words.replace(MINUS, "-")) == round(100 * own) - round(100 * (own - (own - base)))
    assert (words[0] == MINUS) <= (own < base)


def test_no_line_ends_between_a_number_and_its_unit() -> None:
    assert glued("from **37 %** to 39 %, +2 points in 9 weeks, by 1 March") == (
        "from **37\N{NO-BREAK SPACE}%** to 39\N{NO-BREAK SPACE}%, +2\N{NO-BREAK SPACE}points in "
        "9\N{NO-BREAK SPACE}weeks, by 1 March"
    )


def test_a_series_is_named_as_a_writer_would() -> None:
    assert [series_name(name) for name in ("us_forces", "israel", "Red Sea", "_")] == [
        "US forces", "Israel", "Red Sea", "_",
    ]  # fmt: skip


def test_a_series_without_evidence_is_missing_and_not_silent(document: ForecastDocument) -> None:
    assert "missing, not zero" in series_sentence(document, "us_forces")
    assert len(chance_rows(document, "resumption", "israel")) == len(document.scenarios)


def test_names_of_the_user_are_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert literal("a*b_[c] $d$ :red[e]") == r"a\*b\_\[c\] \$d\$ \:red\[e\]"
    factions = {"evidence": {"factions": ["a", "b", "c", "d", "e"]}}
    assert subject(factions) == "a, b, c and 2 more"
    output().print(plain_table("[bold]", "[/nothing]"))
    assert "[/nothing]" in capsys.readouterr().out


def test_drivers_of_which_nothing_was_learned_are_named_in_one_sentence(
    document: ForecastDocument, capsys: pytest.CaptureFixture[str]
) -> None:
    note = DriverEffect(
        covariate="deterrence", on="half-life", prior_low=1.2, prior_median=4.0, prior_high=13.1, low=1.2, median=3.3,
        high=8.7, overlap=0.8, prior_sensitivity=0.1, likelihood_sensitivity=0.1, learned="learned",
    )  # fmt: skip
    unmoved = note.model_copy(update={"learned": UNTAUGHT})
    said = {}
    for name, levers in {"some": (note, unmoved), "none": (unmoved, unmoved)}.items():
        print_forecast(document.model_copy(update={"levers": levers}), output())
        said[name] = " ".join(capsys.readouterr().out.split())
    assert "half-life of deterrence" in said["some"]
    assert "prior belief alone" not in said["some"]
    assert "half-life of deterrence" not in said["none"]
    assert "prior belief alone" in said["none"]


def test_a_request_has_the_baseline_first_and_each_id_once() -> None:
    one = Scenario(id="one", title="One", assumptions="One.")
    request = Request.of([one], horizon=4, seed=1)
    assert [scenario.id for scenario in request.scenarios] == ["baseline", "one"]
    assert Request.of([one, one], horizon=4, seed=1) == request
    with pytest.raises(ValueError, match="expected each id once, found 'one' twice"):
        Request.of([one, one.model_copy(update={"title": "Other"})], horizon=4, seed=1)
    assert len({request.key, replace(request, horizon=5).key, replace(request, seed=2).key}) == 3


def test_everything_in_a_report_is_escaped_and_nothing_is_left_open(document: ForecastDocument) -> None:
    nasty = "<script>alert('{{ 7 * 7 }}')</script> & \"co\""
    notes = tuple(note.model_copy(update={"title": nasty, "assumptions": nasty}) for note in document.scenarios)
    page = report_page(document.model_copy(update={"subject": nasty, "claims": nasty, "scenarios": notes}))
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    assert page.count("&lt;script&gt;") > 4
    assert page.count("<table>") == page.count("</table>") > 0
    assert page.endswith("</html>\n")


def test_an_interval_has_one_notation_and_no_negative_zero() -> None:
    assert with_interval(-0.2, -3.4, 0.4) == "0 [−3, 0]"
    assert with_interval(0.5, -1.25, 2, "+z.1f") == "+0.5 [−1.2, +2.0]"
    assert points_interval(-0.031, 0.2) == "[−3, +20]"


@pytest.mark.parametrize(
    ("grade", "words"), [("good", ""), ("doubtful", "Doubtful"), ("unusable", "Do not use these numbers")]
)
def test_a_verdict_is_worded_in_one_place(document: ForecastDocument, grade: str, words: str) -> None:
    verdict = document.convergence.model_copy(update={"grade": grade})
    assert caution(grade) == words
    assert ("Do not use" in verdict_sentence(verdict)) == (grade == "unusable")
    page = report_page(document.model_copy(update={"convergence": verdict}))
    assert f'class="grade {grade}"' in page
    assert ("Do not use" in page) == (grade == "unusable")
