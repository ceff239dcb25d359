"""FIND as a real, safe system: language models study hidden functions by running Python in isolated containers.

    import findbench as fb

    function = fb.load_suite("mini")["numeric/0003"]
    with fb.Lab(function, budget=100) as lab:
        print(lab.run("print([f(x) for x in (-2, -1, 0, 1, 2)])").stdout)

Every public name is loaded when it is first used, so that `import findbench` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from findbench import errors as errors
    from findbench.functions.base import Function as Function
    from findbench.functions.suites.builtin import load_suite as load_suite
    from findbench.harness.interpreters.base import Interpreter as Interpreter
    from findbench.harness.interpreters.base import LabLike as LabLike
    from findbench.harness.lab.asynchronous import AsyncCodeRunner as AsyncCodeRunner
    from findbench.harness.lab.asynchronous import AsyncLab as AsyncLab
    from findbench.harness.lab.coderunner import CodeRunner as CodeRunner
    from findbench.harness.lab.lab import Lab as Lab
    from findbench.harness.records import Run as Run
    from findbench.harness.schema.brief import Brief as Brief
    from findbench.harness.schema.brief import Interpretation as Interpretation
    from findbench.harness.schema.limits import Limits as Limits
    from findbench.harness.schema.result import Result as Result
    from findbench.harness.schema.score import Score as Score
    from findbench.harness.study import study as study

    __version__: str

_PUBLIC = {
    "AsyncCodeRunner": "findbench.harness.lab.asynchronous",
    "AsyncLab": "findbench.harness.lab.asynchronous",
    "Brief": "findbench.harness.schema.brief",
    "CodeRunner": "findbench.harness.lab.coderunner",
    "Function": "findbench.functions.base",
    "Interpretation": "findbench.harness.schema.brief",
    "Interpreter": "findbench.harness.interpreters.base",
    "Lab": "findbench.harness.lab.lab",
    "LabLike": "findbench.harness.interpreters.base",
    "Limits": "findbench.harness.schema.limits",
    "Result": "findbench.harness.schema.result",
    "Run": "findbench.harness.records",
    "Score": "findbench.harness.schema.score",
    "errors": "findbench.errors",
    "load_suite": "findbench.functions.suites.builtin",
    "study": "findbench.harness.study",
}
"""Public name -> the module that it comes from."""

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("findbench")
    if name in _PUBLIC:
        module = import_module(_PUBLIC[name])
        return getattr(module, name, module)  # `errors` is the module itself
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
