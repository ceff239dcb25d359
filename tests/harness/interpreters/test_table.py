"""The table of interpreters, and the one clear line for each way in which one cannot be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from findbench.harness.errors import UsageError
from findbench.harness.interpreters.base import Interpreter
from findbench.harness.interpreters.table import INTERPRETERS, Entry, load_interpreter
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.schema.model import ModelSettings

MODULE = """
class Good:
    name = "good"

    def interpret(self, lab, brief):
        raise NotImplementedError


class WithSettings(Good):
    def __init__(self, reminders):
        self.reminders = reminders

    @classmethod
    def from_settings(cls, settings, client):
        return cls(settings.reminders)


class WantsArguments(Good):
    def __init__(self, path):
        pass


class Fails(Good):
    def __init__(self):
        raise OSError("no such\\nfile")


class Leaves(Good):
    def __init__(self):
        raise SystemExit(3)


class FailingSettings(Good):
    @classmethod
    def from_settings(cls, settings, client):
        return client.no_such_attribute


class Nameless:
    def interpret(self, lab, brief):
        raise NotImplementedError


class Outer:
    Inner = Good


ready = Good()
number = 5
"""


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_interpreters.py").write_text(MODULE)
    (tmp_path / "broken_at_import.py").write_text("value = 1 / 0\n")
    (tmp_path / "broken_syntax.py").write_text("def (:\n")
    (tmp_path / "leaves_at_import.py").write_text("raise SystemExit('bye')\n")
    (tmp_path / "wants_another.py").write_text("import not_installed_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)


def load(name: str, *, reminders: int = 3) -> Interpreter:
    return load_interpreter(name, InterpreterSettings(reminders=reminders))


def test_every_interpreter_of_the_table_can_be_loaded_under_its_name() -> None:
    with ChatClient(ModelSettings(model="tiny", base_url="http://127.0.0.1:9/v1")) as client:
        for name, entry in INTERPRETERS.items():
            loaded = load_interpreter(name, InterpreterSettings(), client if entry.needs_model else None)
            assert loaded.name == name
            assert entry.help
            assert "\n" not in entry.help


def test_those_that_need_a_model_say_so_without_one() -> None:
    needing = [name for name, entry in INTERPRETERS.items() if entry.needs_model]
    assert needing == ["aia", "milan", "aia+exemplars"]
    for name in needing:
        with pytest.raises(UsageError, match="needs a language model: give --model"):
            load(name)


def test_a_new_interpreter_is_one_line_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INTERPRETERS, "good", Entry("my_interpreters:Good", "one of a person's own"))
    assert load("good").name == "good"


def test_one_of_a_persons_own_is_made_however_it_is_given() -> None:
    assert load("my_interpreters:Good").name == "good"
    assert load("my_interpreters:Outer.Inner").name == "good"
    assert load("my_interpreters:ready").name == "good"
    assert vars(load("my_interpreters:WithSettings", reminders=7))["reminders"] == 7


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("aja", "there is no interpreter 'aja'; did you mean 'aia'\\?"),
        ("scientists", "did you mean 'scientist'\\?"),
        ("xyz", "there is no interpreter 'xyz'. Choose one of scientist, aia"),
        ("", "there is no interpreter ''"),
        ("my_interpreters", "or give module:Class"),
        (":Good", "write it as module:Class"),
        ("my_interpreters:", "write it as module:Class"),
        ("my_interpreters.py:Good", "with the module as in an import"),
        ("no_such_module:X", "there is no module 'no_such_module'"),
        ("no_such_package.part:X", "there is no module 'no_such_package'"),
        ("wants_another:X", "No module named 'not_installed_anywhere'"),
        ("broken_at_import:X", "ZeroDivisionError: division by zero"),
        ("broken_syntax:X", "SyntaxError"),
        ("leaves_at_import:X", "SystemExit: bye"),
        (".relative:X", "TypeError"),
        ("my_interpreters:Godo", "has no attribute 'Godo'"),
        ("my_interpreters:number", "it is an object of type int"),
        ("my_interpreters:WantsArguments", "by a call without arguments: TypeError: "),
        ("my_interpreters:Fails", "by a call without arguments: OSError: no such file"),
        ("my_interpreters:Leaves", "by a call without arguments: SystemExit: 3"),
        ("my_interpreters:FailingSettings", r"by from_settings\(settings, client\): AttributeError"),
        ("my_interpreters:Nameless", "object of type Nameless, which lacks a `name`"),
        ("json:loads", "cannot make interpreter 'json:loads' by a call without arguments: TypeError"),
        ("json:JSONDecoder", "object of type JSONDecoder"),
        ("json", "there is no interpreter 'json'"),
    ],
)
def test_what_cannot_be_loaded_is_one_clear_line(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        load(name)
    assert "\n" not in str(raised.value)
