"""Where attacks are fought: a hidden function full of canaries, the real lab, and an unsafe one that must leak.

A canary is a token that stands in every text of the hidden function and nowhere else. An attack's own source never
contains one (it holds the pattern only), so a canary in an experiment's stdout is a leak and nothing else is.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from findbench.functions.base import Function, Spec
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import engine
from findbench.harness.sandbox.backend import Transport
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.result import Result
from findbench.harness.scoring.scorer import score_episode

PATTERN = r"canary-[0-9a-f]{16}"
SEARCH = "import re\nPATTERN = re.compile(rb'canary-[0-9a-f]{16}')\n"
"""What a reading attack starts with: it prints every match in the bytes it gets hold of."""


class HiddenSpec(Spec):
    """Data of the hidden function: 7.3 x + 41.9 off its corrupted interval."""

    secret: str
    slope: float = 7.3
    bias: float = 41.9


class Hidden(Function):
    """A numeric function whose every text carries the canary."""

    category = "numeric"
    input_kind = "number"
    output_kind = "number"

    def __init__(self) -> None:
        self.canary = f"canary-{secrets.token_hex(8)}"
        self.id = f"numeric/{self.canary}"
        self.spec = HiddenSpec(secret=self.canary)
        self.tags = ("noise", self.canary)
        self.family = self.canary

    def target(self, inputs: Any) -> Any:
        with np.errstate(over="ignore"):
            return 7.3 * np.asarray(inputs) + 41.9

    def sample(self, inputs: Any, uniforms: Any) -> Any:
        return self.target(inputs) + 2 * uniforms - 1

    description = property(lambda self: f"{self.canary}: 7.3 x + 41.9 with uniform noise")
    domain = property(lambda self: f"{self.canary}: real numbers from -128 to 128")
    reference_code = property(lambda self: f"def predict(x):\n    return 7.3 * x + 41.9  # {self.canary}\n")

    def asked(self, rng: np.random.Generator) -> Any:
        return rng.uniform(-128, 128, 256)

    def exemplars(self, rng: np.random.Generator, n: int) -> Any:
        return rng.uniform(-128, 128, n)

    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        return []


class HiddenText(Hidden):
    """The same for strings: reverse and shout."""

    category = "strings"
    input_kind = "text"
    output_kind = "text"

    def target(self, inputs: Any) -> Any:
        return [text[::-1].upper() for text in inputs]

    def sample(self, inputs: Any, uniforms: Any) -> Any:
        return self.target(inputs)


ORACLE = """
import os, socket
def oracle_socket():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect("/run/lab/oracle" if os.path.exists("/run/lab/oracle") else "\\0oracle")
    return sock
"""
"""A connection to `f` without the help of `f`, over either transport."""


class Arena:
    """One runtime and transport, and what attacks need: labs that are closed at the end, verdicts on what came out."""

    def __init__(self, runtime: str, transport: Transport) -> None:
        self.runtime = runtime
        self.transport: Transport = transport
        self.function = Hidden()
        self._labs: list[Lab | CodeRunner] = []

    def lab(self, function: Function | None = None, *, budget: int = 1000, seed: int = 7, **limits: Any) -> Lab:
        lab = Lab(
            function or self.function,
            budget=budget,
            seed=seed,
            limits=Limits(**limits),
            runtime=self.runtime,
            transport=self.transport,
        )
        self._labs.append(lab)
        return lab

    def judge(self) -> CodeRunner:
        """Where submitted code is evaluated."""
        runner = CodeRunner(runtime=self.runtime, transport=self.transport)
        self._labs.append(runner)
        return runner

    def close(self) -> None:
        for lab in self._labs:
            lab.close()

    def leaks(self, text: str) -> list[str]:
        """The canaries in what came back."""
        return re.findall(PATTERN, text)

    def assert_reads_nothing(self, code: str, *, setup: str = "") -> Result:
        """Run a reading attack in a lab: it finds no canary, and the lab still works."""
        lab = self.lab()
        if setup:
            lab.run(setup)
        result = lab.run(SEARCH + code)
        assert not self.leaks(result.stdout + result.stderr), result
        self.assert_works(lab)
        return result

    def assert_unsafe_leaks(self, code: str) -> None:
        """The same attack in the unsafe lab finds the canary: it is a real attack."""
        found = unsafe_run(self.function, SEARCH + code)
        assert self.function.canary in found, found[-3000:]

    def assert_works(self, lab: Lab) -> None:
        """The next experiment works, and its `f` is the true one."""
        before = lab.queries
        result = lab.run("print(f(10.0))")
        assert result.status == "ok", result
        assert abs(float(result.stdout) - 114.9) <= 1.0, result
        assert lab.queries == before + 1

    def inside(self, expression: str, **limits: Any) -> Any:
        """The value of a JSON-able expression inside a lab."""
        result = self.lab(**limits).run(f"import json, os\nprint(json.dumps({expression}))")
        assert result.status == "ok", result
        return json.loads(result.stdout)


def socket_directory(container: str) -> Path:
    """The directory of this machine that a lab's container sees its sockets in (over the transport `unix`)."""
    (mount,) = engine.connect().api.inspect_container(container)["Mounts"]
    return Path(mount["Source"])


SCORED = NumericFunction(
    "numeric/0000",
    NumericSpec.model_validate({"terms": [{"atom": "linear", "slope": 7.3, "intercept": 41.9}], "noise": "uniform"}),
)
"""What attacks on the score are scored against: 7.3 x + 41.9 with noise."""
CORRECT = "def predict(x):\n    return 7.3 * x + 41.9\n"
WRONG = "def predict(x):\n    return 7.3 * x - 41.9\n"


class Verdicts:
    """Scores of submitted code for `SCORED`, through the scoring that episodes use."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena

    def passes(self, code: str, description: str = "") -> bool:
        score = score_episode(
            SCORED,
            Interpretation(description=description, code=code),
            seed=11,
            open_runner=self.arena.judge,
            queried=[],
        )
        return bool(score.pass_)

    def assert_fails(self, code: str) -> None:
        assert not self.passes(code), code


UNSAFE_HOST = """
import os, sys
def make(canary):
    spec = {"secret": canary}
    def f(x):
        ''' hidden '''
        try:
            return 7.3 * float(x) + 41.9 + 0 * len(spec)
        except Exception:
            raise ValueError("cannot evaluate " + repr(spec))
    return f
from hidden_function import CANARY
f = make(CANARY)
import builtins
log = open("episode.log", "r+")
experiment = sys.stdin.read()
def episode(function, description):
    exec(compile(experiment, "<experiment>", "exec"), {"f": f, "__name__": "__main__", "__builtins__": builtins})
episode(f, "description: " + CANARY)
"""


def unsafe_run(function: Hidden, experiment: str) -> str:
    """What people do: the experiment runs in a process beside the answer. Returns its stdout. Exists in the tests only."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "hidden_function.py").write_text(f'CANARY = "{function.canary}"  # what f computes\n')
        (here / "episode.log").write_text(f"earlier episode: {function.canary}\n")
        (here / "host.py").write_text(UNSAFE_HOST)
        done = subprocess.run(
            [sys.executable, "host.py", f"--function={function.id}"],
            input=experiment,
            cwd=here,
            env={"FUNCTION": function.id, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(here)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr
