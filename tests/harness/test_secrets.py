"""A run's secret: where it comes from, that two runs under one pair, and that what needs no secret goes on without."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from run_help import IDS, ROOT, SECRET, VERSIONS, Prober, config, findbench, record

from findbench.functions.suites.builtin import load_suite
from findbench.harness.episode import Episode
from findbench.harness.errors import RecordError, UsageError
from findbench.harness.interpreters.base import needs_of
from findbench.harness.interpreters.baselines import Constant, Nearest
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.lab.lab import Lab
from findbench.harness.records import Run
from findbench.harness.scheduler import pending
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.scoring.scorer import held_out
from findbench.harness.seeds import new_secret, secret_of_seed

OLD_RUN = ROOT / "tests" / "harness" / "runs_of_format_1" / "scientist"
PROBER = ("run", "smoke", "--ids", "numeric/0001,numeric/0002", "--interpreter", "run_help:Prober")


def test_a_new_run_draws_a_secret_of_its_own_and_keeps_it_when_it_is_resumed(tmp_path: Path) -> None:
    drawn = set()
    for name in ("a", "b", "a"):
        with Run.open_for_writing(tmp_path / name, config(), VERSIONS) as run:
            drawn.add(run.secret)
            assert {episode.secret for episode in pending(run, [load_suite("smoke")[IDS[0]]])} == {run.secret}
        assert json.loads((tmp_path / name / "run.json").read_text())["secret"] == run.secret
    assert len(drawn) == 2
    assert all(len(secret) == 32 and int(secret, 16) >= 0 for secret in drawn)


def test_a_run_is_not_resumed_under_another_secret(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS, secret=SECRET) as run:
        assert run.secret == SECRET
    with Run.open_for_writing(tmp_path, config(), VERSIONS, secret=SECRET):
        pass
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(RecordError, match="under another secret") as caught:
        Run.open_for_writing(tmp_path, config(), VERSIONS, secret=new_secret()).__enter__()
    assert SECRET not in str(caught.value)
    assert (tmp_path / "run.json").read_bytes() == before


def test_two_runs_under_one_secret_pair_and_compare_says_so(tmp_path: Path) -> None:
    for name, more in (("a", ()), ("b", ("--secret-from", tmp_path / "a")), ("c", ())):
        done = findbench(*PROBER, "--out", tmp_path / name, *more)
        assert done.returncode == 0, done.stderr
    a, b, c = (Run(tmp_path / name) for name in "abc")
    assert a.secret == b.secret != c.secret
    for first, second, other in zip(a.records(), b.records(), c.records(), strict=True):
        assert first.seed == second.seed != other.seed
        seen, paired, not_paired = ([each.stdout for each in r.experiments] for r in (first, second, other))
        assert seen == paired, "noise and the generators of experiments"
        assert seen != not_paired
        assert first.score == second.score
        function = load_suite("smoke")[first.function]
        asked = [np.asarray(held_out(function, r.seed).global_) for r in (first, second, other)]
        assert np.array_equal(asked[0], asked[1])
        assert not np.array_equal(asked[0], asked[2])
    assert "One secret: both runs had equal noise" in findbench("compare", a.path, b.path).stdout
    assert "Two secrets: noise and held-out inputs differed" in findbench("compare", a.path, c.path).stdout
    assert json.loads(findbench("compare", a.path, b.path, "--json").stdout)["one_secret"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--seed", "3"), "--seed 3 needs --reproducible"),
        (("--reproducible",), "--reproducible needs --seed"),
        (("--seed", "3", "--reproducible", "--secret-from", "."), "contradict each other"),
        (("--secret-from", "."), "is not a run directory"),
        (("--secret-from", str(OLD_RUN)), "whose runs have no secret"),
    ],
)
def test_a_secret_that_cannot_be_had_is_one_line_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = findbench(*PROBER, "--out", "r", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_reproducible_secret_is_that_of_its_seed_on_any_machine() -> None:
    assert secret_of_seed(0) == "a983088dbfdf458ae6f6f6abfa3c4442"
    assert secret_of_seed(1) != secret_of_seed(0)


def test_a_run_without_a_secret_is_read_and_gets_no_new_episode(tmp_path: Path) -> None:
    run = Run(shutil.copytree(OLD_RUN, tmp_path / "run"))
    assert run.info.secret is None
    assert len(run.records()) == 4
    with Run.open_for_writing(run.path, run.config, VERSIONS) as rescoring:
        rescoring.save(run.records()[0])
    assert Run(run.path).info.secret is None
    run.episode_path(run.keys[0]).unlink()
    with pytest.raises(UsageError, match=r"was made by findbench 0\.1, whose runs have no secret"):
        pending(run, [load_suite("smoke")[id_] for id_ in run.config.functions])
    with pytest.raises(RecordError, match=r"was made by findbench 0\.1, whose runs have no secret"):
        Run.open_for_writing(run.path, config(), VERSIONS).__enter__()


def test_a_secret_stands_in_run_json_alone(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS, secret=SECRET) as run:
        run.save(record())
    episode = Episode(load_suite("smoke")[IDS[0]], 0, config(), SECRET)
    told = [repr(run.info), repr(episode), episode.brief().model_dump_json()]
    told += [findbench("report", tmp_path, *how).stdout for how in ((), ("--json",))]
    told += [findbench("show", tmp_path, IDS[0], *how).stdout for how in ((), ("--json",))]
    assert not any(SECRET in text for text in told)
    files = [path.name for path in tmp_path.rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert files == ["run.json"]


def test_a_lab_without_a_seed_draws_one_and_with_one_it_replays() -> None:
    function = load_suite("smoke")["numeric/0001"]
    drawn = [Lab(function).seed for _ in range(3)]
    assert len(set(drawn)) == 3
    code = "import random\nprint(random.random(), np.random.rand(), f([1, 2, 3]))"
    with Lab(function) as first, Lab(function, seed=first.seed) as second:
        assert first.run(code).stdout == second.run(code).stdout


def test_exemplars_and_form_are_in_the_briefs_of_those_alone_that_declare_them() -> None:
    episode = Episode(load_suite("smoke")["strings/0001"], 0, config(), SECRET)
    assert (episode.brief().exemplar_inputs, episode.brief().form) == ((), None)
    assert len(episode.brief(frozenset({"exemplars"})).exemplar_inputs) == 10
    assert episode.brief(frozenset({"exemplars"})).form is None
    assert episode.brief(frozenset({"form"})).form == episode.function.form
    assert needs_of(Constant()) == needs_of(Nearest()) == {"exemplars"}
    assert needs_of(Prober()) == frozenset()


def test_an_interpreter_that_needs_what_no_brief_holds_is_refused_before_the_first_episode() -> None:
    with pytest.raises(UsageError, match=r"needs 'answer', which no brief holds: its `needs` may name exemplars and"):
        load_interpreter("test_secrets:Demanding", InterpreterSettings())


class Demanding(Prober):
    needs = frozenset({"answer"})
