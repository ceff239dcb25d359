"""A lab in this process for experiments that give `f` one literal list each; none of their code is run."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Sequence
from typing import Any

from fake_lab import FakeLab
from typing_extensions import override

from findbench.harness.schema.result import Result


class AnsweringLab(FakeLab):
    """Finds the list that an experiment gives to `f` and prints a line of JSON for each answer. An input is a query."""

    def __init__(self, answer: Callable[[Sequence[Any]], Sequence[Any]], *, budget: int = 1000) -> None:
        super().__init__(budget=budget)
        self.asked: list[Any] = []
        self._answer = answer

    @property
    @override
    def remaining(self) -> int:
        return self.budget - len(self.asked)

    @override
    def run(self, code: str, *, seconds: float | None = None) -> Result:
        self.ran.append(code)
        (call,) = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "f"]
        inputs = ast.literal_eval(call.args[0])
        assert 0 < len(inputs) <= self.remaining
        self.asked += inputs
        lines = [json.dumps(answer) + "\n" for answer in self._answer(inputs)]
        return Result("".join(lines), "ok", len(inputs), 0.01)
