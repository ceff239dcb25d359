"""The public names of `findbench`: complete, documented, and loaded only when they are used."""

import inspect
import subprocess
import sys

import pytest
from run_help import make_environment

import findbench
from findbench.functions import errors as of_functions
from findbench.harness import errors as of_harness

PUBLIC = {
    "AsyncCodeRunner",
    "AsyncLab",
    "Brief",
    "CodeRunner",
    "Function",
    "Interpretation",
    "Interpreter",
    "Lab",
    "LabLike",
    "Limits",
    "Result",
    "Run",
    "Score",
    "__version__",
    "errors",
    "load_suite",
    "study",
}


def test_the_public_names_are_these() -> None:
    assert len(findbench.__all__) == len(set(findbench.__all__))
    assert set(findbench.__all__) == PUBLIC
    assert set(dir(findbench)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(findbench.__all__))
def test_every_public_name_leads_to_something_documented(name: str) -> None:
    found = getattr(findbench, name)
    if name == "__version__":
        assert found[0].isdigit()
        return
    documentation = inspect.getdoc(found)
    assert documentation
    inherited = [inspect.getdoc(base) for base in getattr(found, "__mro__", ())[1:]]
    assert documentation not in inherited


def test_every_exception_that_public_names_raise_is_in_errors() -> None:
    with pytest.raises(findbench.errors.SuiteError, match="no suite 'nosuch'"):
        findbench.load_suite("nosuch")
    declared = vars(of_functions) | vars(of_harness)
    raised = {name: found for name, found in declared.items() if inspect.isclass(found)}
    assert {name: found for name, found in vars(findbench.errors).items() if inspect.isclass(found)} == raised


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        findbench.nonsense  # noqa: B018 - the access is what is tested


def test_importing_findbench_loads_nothing_of_it() -> None:
    program = "import sys, findbench; print(sorted(name for name in sys.modules if name.startswith('findbench.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=make_environment())
    assert (done.stdout, done.stderr) == ("[]\n", "")
