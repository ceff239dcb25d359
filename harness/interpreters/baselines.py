"""Trivial interpreters: the lower anchors of every table. Each works through `lab.run` only, like any other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from findbench.harness.interpreters import LabLike
from findbench.harness.schema import Brief, Interpretation

POINTS = 256
"""Most inputs that a baseline observes; fewer when the budget is smaller."""
DOMAIN = (-128.0, 128.0)
"""Where numeric functions are observed."""

_NEAREST_NUMBER = """\
from bisect import bisect

XS = {inputs!r}
YS = {outputs!r}


def predict(x):
    i = bisect(XS, x)
    near = [k for k in (i - 1, i) if 0 <= k < len(XS)]
    return YS[min(near, key=lambda k: abs(XS[k] - x))]
"""
_NEAREST_TEXT = """\
from difflib import SequenceMatcher

XS = {inputs!r}
YS = {outputs!r}


def predict(x):
    return YS[max(range(len(XS)), key=lambda k: SequenceMatcher(None, x, XS[k]).ratio())]
"""


def observe(lab: LabLike, brief: Brief) -> list[tuple[Any, Any]]:
    """(input, output) pairs: an even grid over the numeric domain, else the brief's exemplars. [] without a budget.

    What comes back is text of unknown origin: anything but a list of as many numbers or texts counts as nothing.
    """
    if brief.input_kind == "number":
        count = min(POINTS, lab.remaining)
        low, high = DOMAIN
        inputs: list[Any] = [low + (high - low) * (i + 0.5) / count for i in range(count)]
    else:
        inputs = list(brief.exemplar_inputs)[: lab.remaining]
    if not inputs:
        return []
    code = f"import json\nprint(json.dumps([f(x) for x in json.loads({json.dumps(inputs)!r})]))"
    try:
        outputs = json.loads(lab.run(code).stdout)
    except ValueError:
        return []
    kind = (int, float) if brief.output_kind == "number" else (str,)
    if not isinstance(outputs, list) or len(outputs) != len(inputs) or not all(isinstance(y, kind) for y in outputs):
        return []
    return list(zip(inputs, outputs, strict=True))


def nearest_code(inputs: Sequence[Any], outputs: Sequence[Any]) -> str:
    """`predict(x)` that answers with the output of the nearest of `inputs` (not empty; numbers ascending)."""
    template = _NEAREST_TEXT if isinstance(inputs[0], str) else _NEAREST_NUMBER
    return template.format(inputs=list(inputs), outputs=list(outputs))


class Constant:
    """The mean of what was observed; of texts, the most frequent one."""

    name = "constant"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One experiment, one constant; nothing when nothing was observed."""
        outputs = [y for _, y in observe(lab, brief)]
        if not outputs:
            return Interpretation()
        if brief.output_kind == "number":
            value: Any = sum(outputs) / len(outputs)
        else:
            value = Counter(outputs).most_common(1)[0][0]
        return Interpretation(
            description=f"The output is always {value!r}.", code=f"def predict(x):\n    return {value!r}\n"
        )


class Polynomial:
    """A least-squares polynomial; nothing where inputs or outputs are no numbers."""

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
    """The output of the nearest input that was observed: by distance, or by `difflib` ratio for texts."""

    name = "nearest"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One experiment; the table of what was seen is the submission."""
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
        """No experiment."""
        answer = "float(len(x))" if brief.input_kind != brief.output_kind else "x"
        return Interpretation(description="The output is the input.", code=f"def predict(x):\n    return {answer}\n")


class Nothing:
    """Submits nothing: what no answer at all is worth."""

    name = "nothing"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:  # noqa: ARG002 - an interpreter's signature
        """No experiment, no submission."""
        return Interpretation()
