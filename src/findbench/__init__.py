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
    from findbench.functions.base import Function as Function
    from findbench.functions.suites import load_suite as load_suite
    from findbench.harness import errors as errors
    from findbench.harness.interpreters import Interpreter as Interpreter
    from findbench.harness.lab import AsyncCodeRunner as AsyncCodeRunner
    from findbench.harness.lab import AsyncLab as AsyncLab
    from findbench.harness.lab import CodeRunner as CodeRunner
    from findbench.harness.lab import Lab as Lab
    from findbench.harness.records import Run as Run
    from findbench.harness.schema import Brief as Brief
    from findbench.harness.schema import Interpretation as Interpretation
    from findbench.harness.schema import Limits as Limits
    from findbench.harness.schema import Result as Result
    from findbench.harness.schema import Score as Score
    from findbench.harness.study import study as study

    __version__: str

_PUBLIC = {
    "AsyncCodeRunner": "findbench.harness.lab",
    "AsyncLab": "findbench.harness.lab",
    "Brief": "findbench.harness.schema",
    "CodeRunner": "findbench.harness.lab",
    "Function": "findbench.functions.base",
    "Interpretation": "findbench.harness.schema",
    "Interpreter": "findbench.harness.interpreters",
    "Lab": "findbench.harness.lab",
    "Limits": "findbench.harness.schema",
    "Result": "findbench.harness.schema",
    "Run": "findbench.harness.records",
    "Score": "findbench.harness.schema",
    "errors": "findbench.harness",
    "load_suite": "findbench.functions.suites",
    "study": "findbench.harness.study",
}
"""Public name -> the module that it comes from."""

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("findbench")
    if name == "errors":
        return import_module("findbench.harness.errors")
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
