"""A watch tells each change once, whatever is in the way, and says in every message that it is a forecast."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from lull.cli import lull
from lull.data.files import held_if_free
from lull.ledger.entries import Published
from lull.ledger.journal import open_ledger
from lull.scenarios.language.scenario_files import find_scenario
from lull.watch import delivery, one_pass
from lull.watch.past_pass import FOLDER, read_state
from tests.watch.conftest import WATCH

pytestmark = pytest.mark.integration

ASKED = "any attack by 2025-06-01"
WEEKS = "series,week_start,count\n" + "".join(
    f"{name},{date(2024, 12, 16) + timedelta(weeks=week)},{count}\n"
    for name, counts in (("israel", (0, 0, 0, 4)), ("us_forces", (1, 2, 0, 0)))
    for week, count in enumerate(counts)
)
PREMISE = """
id = "quiet-month"
title = "A quiet month"
assumptions = "No attack on Israel in January."
interventions = []
[premise]
statement = "No attack on Israel."
[[premise.overtaken_by]]
seen = "count"
series = "israel"
at_least = 1
until = 2025-02-01
"""


def moves(document: dict[str, Any]) -> list[str]:
    return [one["change"] for one in document["answers"]]


def test_a_first_pass_tells_nobody_and_shows_what_is_asked(hooked: Any, hook: Any) -> None:
    document = hooked.one()
    assert (document["first"], moves(document), hook.sent) == (True, ["new"], [])
    page = (hooked.out / "digest.html").read_text("utf-8")
    assert "A forecast, not an event." in page
    assert ASKED in page
    assert "<script" not in page


def test_the_same_change_twice_is_one_message(hooked: Any, hook: Any) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one("2025-01-06")
    hooked.chances[ASKED] = 0.65
    document = hooked.one("2025-01-13")
    assert moves(document) == ["moved"]
    assert [one["channels"] for one in document["messages"]] == [{"webhook": "sent"}]
    assert moves(hooked.one("2025-01-13")) == ["still"]
    assert moves(hooked.one("2025-02-13")) == ["still"]
    (sent,) = hook.sent
    assert sent["what_it_is"] == "A forecast, not an event."
    assert "A forecast, not an event." in sent["text"]
    assert sent["changes"] == [f"“{ASKED}” (israel): 50% when last reported, now 65%."]
    assert sent["run_id"] == hooked.run.run_id
    assert hook.headers[0]["idempotency-key"] == sent["id"]


def test_a_move_within_quiet_days_waits_for_their_end(hooked: Any, hook: Any) -> None:
    for day, chance, expected in (
        ("2025-01-06", 0.5, "new"),
        ("2025-01-07", 0.7, "moved"),
        ("2025-01-08", 0.9, "held"),
        ("2025-01-13", 0.9, "held"),
        ("2025-01-14", 0.9, "moved"),
    ):
        hooked.chances[ASKED] = chance
        assert moves(hooked.one(day)) == [expected], day
    assert [sent["changes"][0].partition("reported, ")[2] for sent in hook.sent] == ["now 70%.", "now 90%."]


def test_a_slow_drift_is_told_when_it_adds_up(hooked: Any, hook: Any) -> None:
    for week, chance in enumerate((0.5, 0.54, 0.58, 0.61)):
        hooked.chances[ASKED] = chance
        hooked.one(str(date(2025, 1, 6) + timedelta(weeks=week)))
    assert [sent["changes"] for sent in hook.sent] == [[f"“{ASKED}” (israel): 50% when last reported, now 61%."]]


def test_a_refused_message_is_told_of_and_sent_at_the_next_pass(hooked: Any, hook: Any) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.chances[ASKED] = 0.8
    hook.statuses = [503]
    document = hooked.one("2025-01-13", code=1)
    assert document["messages"][0]["channels"] == {"webhook": "due"}
    assert "HTTP 503" in document["problems"][0]
    assert "tries again" in document["problems"][0]
    assert hook.sent == []
    document = hooked.one("2025-01-13")
    assert (document["problems"], len(hook.sent)) == ([], 1)
    hooked.one("2025-01-13")
    assert len(hook.sent) == 1


def test_a_pass_killed_before_it_remembers_is_made_again(
    hooked: Any, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.chances[ASKED] = 0.8
    with monkeypatch.context() as killed:
        killed.setattr(one_pass, "write_state", _killed)
        assert hooked.invoke("2025-01-13").exit_code != 0
    assert hook.sent == []
    assert moves(hooked.one("2025-01-13")) == ["moved"]
    assert len(hook.sent) == 1


def test_a_pass_killed_before_it_sends_leaves_the_message_to_the_next(
    hooked: Any, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.chances[ASKED] = 0.8
    with monkeypatch.context() as killed:
        killed.setattr(one_pass, "deliver", _killed)
        assert hooked.invoke("2025-01-13").exit_code != 0
    assert hook.sent == []
    assert moves(hooked.one("2025-01-13")) == ["still"]
    assert len(hook.sent) == 1


def test_a_message_whose_sending_was_interrupted_is_not_sent_twice(
    hooked: Any, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.chances[ASKED] = 0.8
    real = delivery._marked

    def killed_after(*given: Any) -> Any:
        if given[3] == "sent":
            raise SystemExit(1)
        return real(*given)

    with monkeypatch.context() as killed:
        killed.setattr(delivery, "_marked", killed_after)
        assert hooked.invoke("2025-01-13").exit_code != 0
    assert len(hook.sent) == 1
    document = hooked.one("2025-01-13", code=1)
    assert "may have gone to the webhook" in document["problems"][0]
    assert hooked.one("2025-01-13")["problems"] == []
    assert len(hook.sent) == 1


def _killed(*_: Any, **__: Any) -> None:
    raise SystemExit(1)


@pytest.fixture
def mailed(desk: Any, letters: Any) -> Any:
    """The desk, which tells two people by mail."""
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {letters.port}\nsecurity = "none"\nsender = "lull@example.org"\n'
    desk.write(f'{(desk.folder / "watch.toml").read_text()}\n{mail}to = ["anna@example.org", "ben@example.org"]\n')
    desk.chances[ASKED] = 0.5
    desk.one()
    desk.chances[ASKED] = 0.2
    return desk


def test_mail_is_sent_once_and_says_what_it_is(mailed: Any, letters: Any) -> None:
    mailed.one("2025-01-13")
    mailed.one("2025-01-13")
    ((receivers, text),) = letters.taken
    assert receivers == ["anna@example.org", "ben@example.org"]
    assert "a forecast, not an event" in text.replace("\r\n ", " ")
    assert "Auto-Submitted: auto-generated" in text


def test_an_address_that_is_refused_is_told_of_and_the_others_have_the_mail_once(mailed: Any, letters: Any) -> None:
    letters.refused = {"ben@example.org"}
    document = mailed.one("2025-01-13", code=1)
    assert document["problems"] == ["The mail server refused ben@example.org; the others have the message."]
    mailed.one("2025-01-13")
    assert [receivers for receivers, _ in letters.taken] == [["anna@example.org"]]


def test_mail_is_not_sent_in_the_clear_where_encryption_is_asked_for(mailed: Any, letters: Any) -> None:
    text = (mailed.folder / "watch.toml").read_text()
    mailed.write(text.replace('security = "none"', 'security = "starttls"'))
    document = mailed.one("2025-01-13", code=1)
    assert "could not be used" in document["problems"][0]
    assert letters.taken == []
    mailed.write(text)
    mailed.one("2025-01-13")
    assert len(letters.taken) == 1


def test_two_passes_at_once_are_refused(hooked: Any) -> None:
    with held_if_free(hooked.out / FOLDER) as free:
        assert free
        result = hooked.invoke()
    assert result.exit_code == 2
    assert "expected no other pass of this watch" in result.stderr
    assert not (hooked.out / "changes.json").exists()


def test_a_premise_that_fell_is_told_once(hooked: Any, hook: Any) -> None:
    text = (hooked.folder / "watch.toml").read_text()
    hooked.write(f'{text}\n[forecast]\nscenarios = "quiet.toml"\n', quiet_toml=PREMISE)
    document = hooked.one("2025-01-06")
    assert document["premises"][0]["status"] == "open"
    hooked.write((hooked.folder / "watch.toml").read_text(), weekly_csv=WEEKS)
    document = hooked.one("2025-01-13")
    assert (document["premises"][0]["status"], document["premises"][0]["fell"]) == ("overtaken", True)
    assert hooked.one("2025-01-13")["premises"][0]["fell"] is False
    (sent,) = hook.sent
    assert sent["changes"] == ["The premise of “A quiet month” is overtaken: 4 attacks of israel by 2025-01-12."]


def published(desk: Any, *, chance: float) -> None:
    open_ledger(desk.store).append(
        Published(
            question="any attack by 2025-01-12",
            series="israel",
            deadline=date(2025, 1, 12),
            asked="any attack",
            since=date(2024, 12, 30),
            rule="At least one attack.",
            chance=chance,
            scheduled=chance,
            run_id=desk.run.run_id,
            evidence={},
            known_to=date(2024, 12, 29),
            grade="good",
        )
    )


def test_a_published_question_is_compared_with_what_was_published_and_decided(hooked: Any, hook: Any) -> None:
    published(hooked, chance=0.9)
    hooked.chances["any attack by 2025-01-12"] = 0.3
    document = hooked.one("2025-01-06")
    own, of_ledger = sorted(document["answers"], key=lambda one: one["published"])
    assert (own["change"], of_ledger["change"], of_ledger["last_reported"]) == ("new", "moved", 0.9)
    assert len(hook.sent) == 1
    hooked.write((hooked.folder / "watch.toml").read_text(), weekly_csv=WEEKS)
    document = hooked.one("2025-01-13")
    (decided,) = document["decided"]
    assert (decided["kind"], decided["outcome"]) == ("resolution", "yes")
    document = hooked.one("2025-01-13")
    assert (document["decided"], [one["published"] for one in document["answers"]]) == ([], [False])


def test_published_questions_that_the_run_cannot_answer_do_not_stop_the_watch(hooked: Any) -> None:
    published(hooked, chance=0.9)
    about = {"deadline": date(2025, 2, 2), "asked": "any attack", "since": date(2024, 12, 30), "rule": "Any."}
    of_run = {"run_id": hooked.run.run_id, "evidence": {}, "known_to": date(2024, 12, 29), "grade": "good"}
    chances = {"chance": 0.5, "scheduled": 0.5, "question": "any attack by 2025-02-02"}
    gone = find_scenario("ceasefire-collapses").model_dump(mode="json", exclude_defaults=True)
    gone["interventions"][0]["date"] = {"on": "2024-11-01"}  # before the run's origin by now
    under = {"scenario": "ceasefire-collapses", "assumptions": gone}
    ledger = open_ledger(hooked.store)
    ledger.append(Published(series="elsewhere", **about, **of_run, **chances))  # type: ignore[arg-type]
    ledger.append(Published(series="israel", **about, **of_run, **chances, **under))  # type: ignore[arg-type]
    document = hooked.one("2025-01-06")
    assert "Published questions about other series are not asked here: elsewhere." in document["notes"]
    found = {(one["question"], one["series"]): one["change"] for one in document["answers"]}
    assert found[chances["question"], "israel"] == "over"
    assert found["any attack by 2025-01-12", "israel"] == "moved"


def test_a_decision_of_an_interrupted_pass_is_shown_by_the_next(hooked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(hooked, chance=0.9)
    hooked.one("2025-01-06")
    hooked.write((hooked.folder / "watch.toml").read_text(), weekly_csv=WEEKS)
    with monkeypatch.context() as killed:
        killed.setattr(one_pass, "write_pass", _killed)
        assert hooked.invoke("2025-01-13").exit_code != 0
    assert [one["outcome"] for one in hooked.one("2025-01-13")["decided"]] == ["yes"]


def test_an_unusable_fit_tells_nobody_and_is_not_remembered(hooked: Any, hook: Any, write_run: Any) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.run = write_run(run_id="fedcba9876543210", grade="unusable")
    hooked.chances[ASKED] = 0.9
    document = hooked.one("2025-01-13", code=1)
    assert "did not converge" in document["problems"][0]
    assert (hook.sent, read_state(hooked.out).answers[f"{ASKED} | israel | baseline"].chance) == ([], 0.5)


def test_a_question_whose_day_is_over_is_asked_no_more(hooked: Any) -> None:
    text = (hooked.folder / "watch.toml").read_text().replace("2025-06-01", "2024-12-29")
    hooked.write(text)
    document = hooked.one()
    assert (moves(document), document["answers"][0]["probability"]) == (["over"], None)


def test_the_address_of_the_webhook_is_written_nowhere(hooked: Any, hook: Any) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one()
    hooked.chances[ASKED] = 0.9
    hook.statuses = [500]
    result = hooked.invoke("2025-01-13")
    written = "".join(path.read_text("utf-8") for path in hooked.folder.rglob("*") if path.is_file())
    assert "secret-path" not in written + result.output + result.stderr


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "expected a variable of the environment"),
        ("http://evil.example/x", "expected an https address"),
        ("nothing", "https"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_refused_before_any_work(
    hooked: Any, monkeypatch: pytest.MonkeyPatch, value: str, says: str
) -> None:
    monkeypatch.setenv("WATCH_TEST_HOOK", value)
    result = hooked.invoke()
    assert (result.exit_code, says in result.stderr, "evil" in result.stderr) == (2, True, False)
    assert not (hooked.out / "changes.json").exists()


@pytest.mark.parametrize("kept", ["{", "[]", '{"schema_version": 1}', '{"schema_version": 1, "answers": [1]}'])
def test_a_memory_that_is_none_is_refused(hooked: Any, kept: str) -> None:
    hooked.one()
    (hooked.out / FOLDER / "state.json").write_text(kept)
    result = hooked.invoke()
    assert result.exit_code == 2
    assert "what an earlier pass wrote" in result.stderr


def test_the_memory_of_an_earlier_lull_is_read(hooked: Any, hook: Any) -> None:
    hooked.chances[ASKED] = 0.5
    hooked.one("2025-01-06")
    file = hooked.out / FOLDER / "state.json"
    document = json.loads(file.read_text("utf-8"))
    for answer in document["answers"].values():
        answer["told"] = answer.pop("reported")
    file.write_text(json.dumps(document | {"schema_version": 1}))
    hooked.chances[ASKED] = 0.65
    assert moves(hooked.one("2025-01-13")) == ["moved"]
    assert [sent["changes"][0].partition("): ")[2] for sent in hook.sent] == ["50% when last reported, now 65%."]


def test_the_command_says_it_in_words(hooked: Any) -> None:
    words = ["watch", str(hooked.folder / "watch.toml"), "--as-of", "2025-01-06", "--store", str(hooked.store.folder)]
    result = CliRunner().invoke(lull, words)
    assert result.exit_code == 0
    assert "A forecast, not an event." in result.stdout
    assert "digest.html" in result.stdout


def test_a_pass_writes_a_briefing_if_the_file_asks_for_one(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lull.watch.briefing.pdf_of", lambda _: None)
    assert desk.one()["briefing"] == []
    desk.write(f"{WATCH}[briefing]\nseries = 'us_forces'\n[forecast]\nscenarios = ['ceasefire-extended']\n")
    assert desk.one()["briefing"] == ["briefing.html"]
    page = (desk.out / "briefing.html").read_text("utf-8")
    assert "The ceasefire is extended" in page
    assert 'href="briefing.html"' in (desk.out / "digest.html").read_text("utf-8")
    desk.write(f"{WATCH}[briefing]\nseries = 'isreal'\n[forecast]\nscenarios = ['ceasefire-extended']\n")
    document = desk.one(code=1)
    assert document["briefing"] == []
    assert "No briefing: briefing.series: expected one of israel, us_forces, found 'isreal'" in document["problems"][0]
