"""What is wrong with a watch file is said with its line; data are imported as the commands import them."""

from datetime import date
from pathlib import Path

import pytest

from lull.data.schema import InputError
from lull.watch.incoming import incoming
from lull.watch.watch_file import Watch, read_watch

GOOD = '[data]\ncounts = "weekly.csv"\n[output]\ndir = "out"\n'
ACLED = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,country,admin1,timestamp\n"
)
ROW = "{id},{day},2025,1,Political violence,Battles,Armed clash,Alpha,,3,Beta,Iraq,Anbar,1767225600\n"

CLEAR = 'password_env = "P"\nsecurity = "none"\n'
MAILED = GOOD + '[mail]\nhost = "h"\nsender = "s@example.org"\nto = "t@example.org"\n'
WRONG = [
    ('[output]\ndir = "out"\n', "counts, reports or files, or a table"),
    (GOOD.replace("weekly.csv", ""), "line 2, data, counts"),
    (GOOD + "[alert]\n", "Did you mean 'alerts'?"),
    (GOOD + "[alerts]\nthresold = 0.1\n", "Did you mean 'threshold'?"),
    (GOOD + "[alerts]\nthreshold = 2\n", "line 6, alerts, threshold"),
    (GOOD + "[alerts]\nquiet_days = -1\n", "line 6, alerts, quiet_days"),
    (GOOD + '[[questions]]\ntext = "will it rain"\n', "any attack by DATE"),
    (
        MAILED + 'user_env = "U"\n',
        "user_env and password_env together",
    ),
    (
        MAILED + 'user_env = "U"\npassword_env = "P"\nsecurity = "none"\n',
        "clear",
    ),
    (GOOD + '[mail]\nhost = "h"\nsender = "s"\nto = "t@example.org"\n', "line 7, mail, sender: expected an address"),
    (GOOD + '[fetch]\nsource = "acled"\n', "[fetch]"),
    ('[fetch]\nsource = "ucdp"\n[output]\ndir = "out"\n', "the name of a release"),
    ('[data]\nfiles = "in/*.csv"\n[output]\ndir = "out"\n', "the format of the files"),
    ('[data]\ncounts = "a.csv"\nreports = "b.csv"\n[output]\ndir = "out"\n', "one of counts, reports and files"),
    (GOOD + "[alerts]\nwebhook = 'https://x'\n", "webhook_env"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_wrong_is_said_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_watch(path)
    assert says in str(error.value)
    assert "watch.toml" in str(error.value)


def watch_of(folder: Path, text: str) -> Watch:
    (folder / "watch.toml").write_text(text)
    return read_watch(folder / "watch.toml")


def quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody about progress."""


def test_files_of_events_are_imported_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    span = "event_date_from_2025-01-06_event_date_to_2025-01-19"
    (tmp_path / "in" / f"ACLED Data_2025-01-20_{span}.csv").write_text(
        ACLED + ROW.format(id="IRQ1", day="2025-01-07") + ROW.format(id="IRQ2", day="2025-01-08")
    )
    data_ = '[data]\nfiles = "in/*.csv"\nformat = "acled"\nfaction = "Alpha"\n'
    text = f'{data_}[select]\nactors = "Alpha"\n[output]\ndir = "out"\n'
    data = incoming(watch_of(tmp_path, text), as_of=date(2025, 1, 25), cut=False, progress=quiet)
    assert data.counts is not None
    assert data.counts.array.to_numpy().tolist() == [[[2.0, 0.0]]]
    assert (tmp_path / "out" / "data" / "counts.csv").exists()
    cut = incoming(watch_of(tmp_path, text), as_of=date(2025, 1, 14), cut=True, progress=quiet)
    assert cut.counts is not None
    assert cut.counts.array.to_numpy().tolist() == [[[2.0]]]


def test_a_pattern_without_files_is_refused(tmp_path: Path) -> None:
    text = '[data]\nfiles = ["in/*.csv", "more/*.csv"]\nformat = "acled"\n[output]\ndir = "out"\n'
    with pytest.raises(InputError) as error:
        incoming(watch_of(tmp_path, text), as_of=date(2025, 1, 25), cut=False, progress=quiet)
    assert str(error.value).count("expected a file, found none") == 2
