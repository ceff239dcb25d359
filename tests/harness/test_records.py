"""The run directory: atomic, resumable, refusing what is not its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from run_help import IDS, ROOT, VERSIONS, config, make_environment, record

from findbench.harness.errors import RecordError, UsageError
from findbench.harness.records import Run, write_atomically
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.calibration import Calibration
from findbench.harness.schema.notes import CustomNote, MessageNote, UsageNote
from findbench.harness.schema.records import Experiment, episode_key
from findbench.harness.schema.score import Judgement, Score
from findbench.harness.schema.usage import Usage

OLD_RUNS = ROOT / "tests" / "harness" / "runs_of_format_1"
"""Two runs as findbench 0.1 wrote them: `aia` with a scripted model that made every kind of note, and `scientist`."""
OLD_JUDGES = ("unit_test", "prediction")
"""Beginnings of the names of a judge's fields in a score of format 1."""


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path / "r", config(), VERSIONS) as run:
        saved = record(interpretation=Interpretation(description="ünïcode \U0001f600"))
        run.save(saved)
    assert Run(tmp_path / "r").load(IDS[0]) == saved
    assert sorted(path.name for path in (tmp_path / "r" / "episodes" / "numeric").iterdir()) == ["0000.json"]


def test_sessions_accumulate_and_say_how_they_ended(tmp_path: Path) -> None:
    for outcome in ("interrupted", "complete"):
        with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
            run.close_session(outcome)
    sessions = Run(tmp_path).info.sessions
    assert [session.outcome for session in sessions] == ["interrupted", "complete"]
    assert all(session.ended is not None for session in sessions)


def test_a_run_of_another_configuration_is_refused_and_untouched(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        pass
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(RecordError, match=r"another configuration \(budget 100 there, 7 now\)") as caught:
        Run.open_for_writing(tmp_path, config(budget=7), VERSIONS).__enter__()
    assert "\n" not in str(caught.value)
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_directory_with_other_things_in_it_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match="is not empty and is not a run directory"):
        Run.open_for_writing(tmp_path, config(), VERSIONS).__enter__()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_harnesses_never_write_the_same_run(tmp_path: Path) -> None:
    opening = (
        "import sys, run_help; from pathlib import Path; from findbench.harness.records import Run\n"
        "Run.open_for_writing(Path(sys.argv[1]), run_help.config(), {}).__enter__()"
    )
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        second = subprocess.run(
            [sys.executable, "-c", opening, str(tmp_path)], capture_output=True, text=True, env=make_environment()
        )
    assert "another findbench is writing" in second.stderr.splitlines()[-1]
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        pass  # the lock is free again


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "2"}', '{"format": 1, "function": "numeric/0000"}', "\x00"]
)
def test_a_corrupt_record_names_its_file_and_what_to_do(tmp_path: Path, text: str) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        run.save(record())
    path = run.episode_path(IDS[0])
    path.write_text(text)
    with pytest.raises(RecordError, match="is corrupt") as caught:
        Run(tmp_path).records()
    assert str(path) in str(caught.value)
    assert "move it away" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_corrupt_record_does_not_hide_the_others(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        for id_ in IDS:
            run.save(record(id_))
    run.episode_path(IDS[1]).write_text("{")
    records, problems = Run(tmp_path).read()
    assert [each.function for each in records] == [IDS[0], IDS[2]]
    assert [str(run.episode_path(IDS[1])) in str(problem) for problem in problems] == [True]


def test_a_record_under_another_episodes_name_is_corrupt(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        run.save(record())
    run.episode_path(IDS[0]).rename(run.episode_path(IDS[1]))
    with pytest.raises(RecordError, match="is the record of numeric/0000"):
        run.records()


def test_a_corrupt_run_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": 1, "name": 3}')
    with pytest.raises(RecordError, match=r"run\.json is corrupt") as caught:
        Run(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_run_at_all_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run directory"):
        Run(tmp_path)


@pytest.mark.parametrize(
    ("key", "says"), [("numeric/0099", "has no episode 'numeric/0099'"), (IDS[0], "has not ended yet")]
)
def test_an_episode_that_is_not_there_is_one_line(tmp_path: Path, key: str, says: str) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run, pytest.raises(UsageError, match=says):
        run.load(key)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        Run.open_for_writing(tmp_path / "file" / "run", config(), VERSIONS).__enter__()
    with pytest.raises(RecordError, match="make room for it"):
        write_atomically(tmp_path / "file" / "a.json", "text")


def test_a_run_is_locked_within_a_process_too(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        assert run.name == tmp_path.name
        with pytest.raises(UsageError, match="another findbench is writing"):
            Run.open_for_writing(tmp_path, config(), VERSIONS).__enter__()


def test_calibrations_read_back_and_a_corrupt_file_of_them_is_one_line(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        assert run.calibrations() == []
        found = Calibration(judge="retrieval", functions=3, true=1.0, empty=0.0, instructing=0.25, steady=0.5)
        run.save_calibrations([found])
        assert Run(tmp_path).calibrations() == [found]
        assert "instructing 0.25, the same choice in both orders 0.50" in str(found)
        (tmp_path / "judges.json").write_text("[{}]")
        with pytest.raises(RecordError, match="makes it again") as caught:
            run.calibrations()
    assert "\n" not in str(caught.value)


def test_temporary_files_of_a_killed_harness_are_removed_on_resume(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        run.save(record())
    leftover = run.episode_path(IDS[0]).with_name(".0001.json.abc.tmp")
    leftover.write_text("half a reco")
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        assert not leftover.exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_repeats_have_names_of_their_own(tmp_path: Path) -> None:
    assert episode_key("strings/0001", 0) == "strings/0001"
    assert episode_key("strings/0001", 2) == "strings/0001-r2"
    with Run.open_for_writing(tmp_path, config(repeats=2), VERSIONS) as run:
        assert len(run.keys) == 2 * len(IDS)
        run.save(record(repeat=1))
        assert [each.repeat for each in run.records()] == [1]


@pytest.mark.parametrize("id_", ["../numeric/0000", "numeric/../../etc/passwd", "numeric", "Other/0001", "numeric/a b"])
def test_an_id_cannot_lead_out_of_the_run(id_: str) -> None:
    with pytest.raises(UsageError):
        episode_key(id_, 0)


def test_lone_surrogates_are_stored_as_visible_escapes(tmp_path: Path) -> None:
    data: Any = {"a\ud800": ["x\udfff", 1.5, None, ("y",)]}
    note = CustomNote(kind="\ud800", data=data)
    assert note.data == {"a\\ud800": ["x\\udfff", 1.5, None, ["y"]]}
    transcript = (
        note,
        Experiment(code="\ud800", stdout="\udfff", status="ok", queries=0, seconds=0.1),
    )
    saved = record(
        transcript=transcript,
        error="\ud800",
        interpretation=Interpretation(description="\ud800", domain="\ud800", code="\ud800"),
        score=Score(error="\ud800"),
        queried=("\ud800",),
    )
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        run.save(saved)
    assert Run(tmp_path).load(IDS[0]) == saved


@pytest.mark.parametrize("queried", [(1.0, 2.5), ("1", "2.5", "a"), ((1.0, 2.5), ()), ()])
def test_queried_inputs_stay_numbers_texts_or_rows(queried: tuple[Any, ...]) -> None:
    saved = record(queried=queried)
    assert saved.queried == queried
    assert type(saved).model_validate_json(saved.model_dump_json()).queried == queried


def test_a_note_that_json_cannot_hold_is_refused_when_it_is_made() -> None:
    data: Any = {"x": object()}
    with pytest.raises(ValidationError):
        CustomNote(kind="array", data=data)


@pytest.mark.parametrize("name", ["model", "scientist"])
def test_a_run_of_format_1_is_read_and_becomes_format_2_when_it_is_written(tmp_path: Path, name: str) -> None:
    path = shutil.copytree(OLD_RUNS / name, tmp_path / name)
    old = Run(path)
    for key in old.keys:
        before = json.loads(old.episode_path(key).read_text())
        read = old.load(key)
        assert before["format"] == 1
        old.save(read)
        after = json.loads(old.episode_path(key).read_text())
        assert (after["format"], after.pop("budget")) == (2, None)
        judged = after["score"].pop("judged")
        assert before["score"].pop("description") is not None, "which a judge gave that is no more"
        judges = {field: before["score"].pop(field) for field in [*before["score"]] if field.startswith(OLD_JUDGES)}
        assert (judged, set(judges.values())) == ({}, {None})
        later = {field: after["score"].pop(field) for field in [*after["score"]] if field not in before["score"]}
        assert set(later.values()) <= {None}, "figures that there were not are absent"
        assert {**after, "format": 1, "transcript": (), "usage": ()} == {**before, "transcript": (), "usage": ()}
        assert len(after["transcript"]) == len(before["transcript"])
        assert old.load(key) == read


def test_what_judges_gave_in_format_1_stands_under_their_names(tmp_path: Path) -> None:
    run = Run(shutil.copytree(OLD_RUNS / "scientist", tmp_path / "run"))
    path = run.episode_path("numeric/0000")
    content = json.loads(path.read_text())
    content["score"] |= {"unit_test": 0.25, "unit_test_model": "tiny"}
    path.write_text(json.dumps(content))
    score = run.load("numeric/0000").score
    assert score is not None
    assert score.judged == {"unit_test": Judgement(share=0.25, model="tiny")}


def test_every_note_of_format_1_has_its_type_today() -> None:
    read = Run(OLD_RUNS / "model").load("numeric/0000")
    found = {type(event).__name__ for event in read.transcript}
    expected = {"Message", "Usage", "Retry", "Reminder", "Trimmed", "Forced", "Protocol"}
    assert found == {f"{name}Note" for name in expected} | {"Experiment"}
    assert read.usage == Usage(calls=6, prompt_tokens=600, completion_tokens=60)
    usages = [event.usage for event in read.transcript if isinstance(event, UsageNote)]
    assert sum(usages, Usage()) == read.usage
    said = [event for event in read.transcript if isinstance(event, MessageNote) and event.role == "assistant"]
    assert [call.name for message in said for call in message.tool_calls] == ["run_experiment"] * 2 + ["submit"]


def test_a_note_of_format_1_that_fits_no_type_is_kept_as_it_is(tmp_path: Path) -> None:
    found = Run(OLD_RUNS / "scientist").load("numeric/0000")
    assert [event.kind for event in found.transcript if isinstance(event, CustomNote)] == ["fit"]
    run = Run(shutil.copytree(OLD_RUNS / "model", tmp_path / "run"))
    path = run.episode_path("numeric/0000")
    odd = {"type": "note", "kind": "message", "data": {"thought": "of my own interpreter"}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"transcript": [odd]}))
    read = run.load("numeric/0000")
    assert read.transcript == (CustomNote(kind="message", data={"thought": "of my own interpreter"}),)


@pytest.mark.parametrize("file", ["run.json", "episodes/numeric/0000.json"])
def test_a_file_of_a_newer_format_is_refused_with_what_to_do(tmp_path: Path, file: str) -> None:
    path = shutil.copytree(OLD_RUNS / "model", tmp_path / "run")
    (path / file).write_text(json.dumps(json.loads((path / file).read_text()) | {"format": 3}))
    with pytest.raises(RecordError, match=r"has format 3, .* a newer findbench") as caught:
        Run(path).records()
    assert str(path / file) in str(caught.value)
    assert "\n" not in str(caught.value)


READING = """
import findbench
records, problems = findbench.Run(sys.argv[1]).read()
assert len(records) == 4 and not problems
assert findbench.Interpretation and findbench.Score
"""
REPORTING = """
from findbench.harness.cli import main
sys.argv = ["findbench", "report", sys.argv[1]]
try:
    main()
except SystemExit as end:
    assert not end.code
"""
HEAVY = {"docker", "httpx2", "matplotlib", "openai", "requests", "scipy", "sklearn", "wordllama"}


@pytest.mark.parametrize(
    ("program", "heavy"), [(READING, HEAVY | {"numpy", "rich"}), (REPORTING, HEAVY)], ids=["a run", "its report"]
)
def test_reading_a_run_or_its_report_loads_nothing_heavy(program: str, heavy: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)", str(OLD_RUNS / "scientist")],
        capture_output=True,
        text=True,
        env=make_environment(),
    )
    assert done.stderr == ""
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "pydantic" in loaded
    assert not heavy & loaded
