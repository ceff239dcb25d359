"""The attack suite: which attacks there are, and running them to a verdict for each."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from findbench.harness.errors import UsageError
from findbench.harness.sandbox import engine, image
from findbench.harness.sandbox.transport import resolve
from findbench.harness.setup import PACKAGE

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport

SUITE = PACKAGE / "attacks"
"""Part of an installed package too: one file for each attack, `test_<group><number>_<what>.py`."""
_FILE = re.compile(r"test_([a-z])(\d\d)_(\w+)\.py")
VERDICTS = {"b": "neutralised", "c": "neutralised", "e": "neutralised"}
"""What an attack that held amounts to, by its group: it came to nothing; otherwise nothing was obtained (`blocked`)."""


@dataclass(frozen=True, order=True)
class Attack:
    """One attack of the suite: a file, or several with the same number."""

    group: str
    number: int
    title: str = field(compare=False)
    """What the first of its files is called."""

    @classmethod
    def of_file(cls, name: str) -> Attack | None:
        """The attack in the file `name`; None when it is no such file."""
        match = _FILE.fullmatch(name)
        return Attack(match[1], int(match[2]), match[3].replace("_", " ")) if match else None

    @property
    def is_control(self) -> bool:
        """No attack: it shows that honest code scores, and that cheating code would if it could."""
        return self.number == 0

    @property
    def name(self) -> str:
        """`A1`, as a person names it."""
        return "controls" if self.is_control else f"{self.group.upper()}{self.number}"


@dataclass
class Outcome:
    """What became of one attack."""

    attack: str
    variants: int = 0
    """Tests of it that ran."""
    failed: list[str] = field(default_factory=list)
    """The names of those that failed."""
    verdict: str = "blocked"
    """`blocked`, `neutralised`, `held` (controls), or `leaked` when a test failed."""


@dataclass(frozen=True)
class SuiteReport:
    """What became of every attack that ran, by name."""

    runtime: str
    transport: str
    outcomes: dict[str, Outcome]
    completed: bool
    """Everything that was asked for ran to its end."""

    @property
    def counts(self) -> Counter[str]:
        """Verdict -> number of attacks."""
        return Counter(outcome.verdict for outcome in self.outcomes.values())

    @property
    def tests(self) -> int:
        """Number of tests that ran."""
        return sum(outcome.variants for outcome in self.outcomes.values())

    @property
    def holds(self) -> bool:
        """Something ran, all of it, and nothing leaked."""
        return self.completed and bool(self.outcomes) and not self.counts["leaked"]

    def as_data(self) -> dict[str, Any]:
        """What `findbench attack --json` prints."""
        outcomes = {name: asdict(outcome) for name, outcome in self.outcomes.items()}
        return {"runtime": self.runtime, "transport": self.transport, "counts": dict(self.counts), "attacks": outcomes}


class Recorder:
    """A pytest plugin that keeps the outcome of every attack."""

    def __init__(self) -> None:
        self._outcomes: dict[Attack, Outcome] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called by pytest for each phase of each test; a phase that is no call counts only when it failed."""
        attack = Attack.of_file(Path(str(report.fspath)).name)
        if attack is None or (report.when != "call" and report.outcome == "passed"):
            return
        held = "held" if attack.is_control else VERDICTS.get(attack.group, "blocked")
        outcome = self._outcomes.setdefault(attack, Outcome(attack.title, verdict=held))
        outcome.variants += 1
        if report.outcome == "failed":
            outcome.failed.append(str(report.nodeid).rpartition("::")[2])
            outcome.verdict = "leaked"

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """By name, in the order of the catalogue; the controls come last."""
        ordered = sorted(self._outcomes, key=lambda attack: (attack.is_control, attack))
        return {attack.name: self._outcomes[attack] for attack in ordered}


def attacks() -> dict[Attack, list[Path]]:
    """Every attack of the suite, in order, with its files; the controls are none."""
    found: dict[Attack, list[Path]] = {}
    for path in sorted(SUITE.glob("test_*.py")):
        attack = Attack.of_file(path.name)
        if attack is not None and not attack.is_control:
            found.setdefault(attack, []).append(path)
    return dict(sorted(found.items()))


def find_attack(name: str) -> list[Path]:
    """The files of the attack that a person calls `A1`, `a1` or `a01`. Raises UsageError."""
    match = re.fullmatch(r"([A-Za-z])0*(\d{1,2})", name)
    for attack, paths in attacks().items():
        if match and (attack.group, attack.number) == (match[1].lower(), int(match[2])):
            return paths
    groups = [list(group) for _, group in groupby(attacks(), key=lambda attack: attack.group)]
    known = ", ".join(f"{group[0].name} to {group[-1].name}" for group in groups)
    raise UsageError(f"there is no attack {name!r}; they are {known}")


def run_attacks(names: Sequence[str] = (), *, runtime: str, transport: Transport = "auto") -> SuiteReport:
    """Run the attacks `names` (default: all, and the controls) against labs on this machine's engine.

    Raises UsageError for an unknown name or runtime, EngineError without an engine.
    """
    import pytest  # takes its time, and only this function needs it

    if not engine.has_runtime(runtime):
        raise UsageError(
            f"the engine has no runtime {runtime!r}; `findbench setup gvisor` adds runsc, `docker info` lists them"
        )
    files = [str(path) for name in names for path in find_attack(name)] or [str(SUITE)]
    image.current()
    reached = resolve(transport)
    os.environ |= {"FINDBENCH_ATTACK_RUNTIME": runtime, "FINDBENCH_ATTACK_TRANSPORT": reached}
    # No setting, plugin or configuration file of the person's own tests changes what an attack amounts to.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for variable in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(variable, None)
    recorder = Recorder()
    with Path(os.devnull).open("w") as null, redirect_stdout(null):
        options = ["-p", "no:cacheprovider", "-c", str(SUITE / "attack.ini")]
        code = pytest.main([*options, *files], plugins=[recorder])
    completed = code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    return SuiteReport(runtime, reached, recorder.outcomes, completed)
