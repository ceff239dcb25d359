"""Trivial interpreters: the lower anchors of every table. Each works through `lab.run` only, like any other."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from findbench.functions.numeric.atom import DOMAIN
from findbench.harness.interpreters.asking import ASK
from findbench.harness.schema.brief import Brief, Interpretation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from findbench.harness.interpreters.base import LabLike, Need

POINTS = 256
"""Most inputs that a baseline observes; fewer when the budget is smaller."""

_NEAREST = {
    float: """\
from bisect import bisect

XS = {inputs!r}
YS = {outputs!r}


def predict(x):
    i = bisect(XS, x)
    near = [k for k in (i - 1, i) if 0 <= k < len(XS)]
    return YS[min(near, key=lambda k: abs(XS[k] - x))]
""",
    str: """\
from difflib import SequenceMatcher

XS = {inputs!r}
YS = {outputs!r}


def predict(x):
    return YS[max(range(len(XS)), key=lambda k: SequenceMatcher(None, x, XS[k]).ratio())]
""",
    list: """\
from itertools import zip_longest

XS = {inputs!r}
YS = {outputs!r}


def predict(x):
    return YS[min(range(len(XS)), key=lambda k: sum((a - b) ** 2 for a, b in zip_longest(XS[k], x, fillvalue=0.0)))]
""",
}
"""Code of `predict(x)` by the type of the inputs."""


def observe(lab: LabLike, brief: Brief) -> list[tuple[Any, Any]]:
    """(input, output) pairs of an even grid over the domain of numbers, or of the brief's exemplars for other kinds.

    Fewer than asked for, or none, when the budget ends or something that is not an output comes back.
    """
    if brief.input_kind == "number":
        count = min(POINTS, lab.remaining)
        low, high = DOMAIN
        inputs: list[Any] = [low + (high - low) * (i + 0.5) / count for i in range(count)]
    else:
        inputs = [list(x) if isinstance(x, tuple) else x for x in brief.exemplar_inputs]
    return list(zip(inputs, ASK[brief.output_kind](lab, inputs), strict=False))


def nearest_code(inputs: Sequence[Any], outputs: Sequence[Any]) -> str:
    """`predict(x)` that answers with the output of the nearest of `inputs` (at least one; numbers ascending).

    Numbers and rows are compared by distance, texts by the ratio of `difflib`.
    """
    return _NEAREST[type(inputs[0])].format(inputs=list(inputs), outputs=list(outputs))


class Constant:
    """The mean of the observed outputs; of texts and rows, the most frequent one."""

    name = "constant"
    needs: frozenset[Need] = frozenset({"exemplars"})

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Submit one constant, or nothing when nothing was observed."""
        outputs = [y for _, y in observe(lab, brief)]
        if not outputs:
            return Interpretation()
        if brief.output_kind == "number":
            value: Any = sum(outputs) / len(outputs)
        else:
            value = json.loads(Counter(map(json.dumps, outputs)).most_common(1)[0][0])
        return Interpretation(
            description=f"The output is always {value!r}.", code=f"def predict(x):\n    return {value!r}\n"
        )


class Polynomial:
    """A least-squares polynomial; nothing where inputs or outputs are not numbers."""

    name: str
    degree: int

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Observe and fit inside the lab, where numpy is."""
        if brief.input_kind != "number" or brief.output_kind != "number" or lab.remaining <= self.degree:
            return Interpretation()
        count = min(POINTS, lab.remaining)
        low, high = DOMAIN
        code = (
            f"import json\nxs = {low} + {high - low} * (np.arange({count}) + 0.5) / {count}\n"
            f"print(json.dumps(np.polyfit(xs, f(xs), {self.degree}).tolist()))"
        )
        try:
            terms = [float(term) for term in json.loads(lab.run(code).stdout)]
        except (ValueError, TypeError):
            return Interpretation()
        horner = "0.0"
        for term in terms:
            horner = f"({horner}) * x + {term!r}"
        shown = " + ".join(f"{term:.6g} * x**{self.degree - i}" for i, term in enumerate(terms))
        return Interpretation(
            description=f"The function is a polynomial of degree {self.degree}: f(x) = {shown}.",
            code=f"def predict(x):\n    return {horner}\n",
        )


class Line(Polynomial):
    """A least-squares line."""

    name = "line"
    degree = 1


class Cubic(Polynomial):
    """A least-squares cubic: what passes 54 % of FIND's numeric functions under FIND's own measure."""

    name = "cubic"
    degree = 3


class Nearest:
    """The output of the nearest input that was observed."""

    name = "nearest"
    needs: frozenset[Need] = frozenset({"exemplars"})

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Submit the table of what was observed, or nothing when nothing was."""
        pairs = observe(lab, brief)
        if not pairs:
            return Interpretation()
        return Interpretation(
            description="The output is that of the nearest input seen.",
            code=nearest_code([x for x, _ in pairs], [y for _, y in pairs]),
        )


class Identity:
    """The input itself; its length where a number is asked of a text. Asks nothing."""

    name = "identity"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:  # noqa: ARG002 - an interpreter's signature
        """Submit without an experiment; nothing where the input is not of the kind of the output."""
        if brief.input_kind == brief.output_kind:
            description, answer = "The output is the input.", "x"
        elif brief.input_kind == "text" and brief.output_kind == "number":
            description, answer = "The output is the length of the input.", "float(len(x))"
        else:
            return Interpretation()
        return Interpretation(description=description, code=f"def predict(x):\n    return {answer}\n")


class Nothing:
    """Submits nothing: what no answer at all is worth."""

    name = "nothing"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:  # noqa: ARG002 - an interpreter's signature
        """Submit nothing, without an experiment."""
        return Interpretation()
