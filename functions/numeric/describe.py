"""The words and the reference code of a numeric function, derived from its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findbench.functions.numeric.noise import CORRUPTION_SD, NOISE_WORDS

if TYPE_CHECKING:
    from findbench.functions.numeric.spec import NumericSpec

APPROXIMATION_WORDS = (
    "It is computed by a small neural network (one hidden layer of 64 ReLU units) trained to approximate this formula "
    "on the domain -128 to 128, so values differ from the formula slightly"
)


def formula(spec: NumericSpec) -> str:
    """The formula as a Python expression in x."""
    parts = [term.formula() for term in spec.terms]
    return parts[0] if spec.operator is None else f" {spec.operator} ".join(f"({part})" for part in parts)


def describe(spec: NumericSpec) -> str:
    """Complete description in plain English: kind, formula, noise, corruption, approximation."""
    if spec.operator is None:
        text = f"The function is {spec.terms[0].words()}."
    else:
        kind = "sum" if spec.operator == "+" else "product"
        text = (
            f"The function is the {kind} of two terms. First: {spec.terms[0].words()}. Second: {spec.terms[1].words()}."
        )
    text += f" As a formula: f(x) = {formula(spec)}."
    if spec.noise is not None:
        text += f" Each observation adds {NOISE_WORDS[spec.noise]}."
    if spec.corruption is not None:
        text += f" Exception: {corruption_words(spec)}."
    if spec.network is not None:
        text += f" {APPROXIMATION_WORDS}."
    return text


def corruption_words(spec: NumericSpec) -> str:
    """The exception in words; the function must have one."""
    assert spec.corruption is not None
    corruption = spec.corruption
    where = {
        "inside": f"for {corruption.low!r} <= x <= {corruption.high!r}",
        "above": f"for x > {corruption.low!r}",
        "below": f"for x < {corruption.high!r}",
    }[corruption.where]
    return (
        f"{where} the output is not that but random: normal with mean {corruption.mean!r} (the mean of the formula "
        f"over the domain) and standard deviation {CORRUPTION_SD}"
    )


def domain_words() -> str:
    """The domain in one sentence."""
    return "Any finite real number; studied and scored for x from -128 to 128."


def reference_code(spec: NumericSpec) -> str:
    """`predict(x)` for the noise-free value (a corrupted region's mean), of the formula where a network stands in."""
    lines = ["import math", "", "", "def predict(x):"]
    if spec.corruption is not None:
        corruption = spec.corruption
        test = {
            "inside": f"{corruption.low!r} <= x <= {corruption.high!r}",
            "above": f"x > {corruption.low!r}",
            "below": f"x < {corruption.high!r}",
        }[corruption.where]
        lines += [f"    if {test}:", f"        return {corruption.mean!r}"]
    return "\n".join([*lines, f"    return {formula(spec)}", ""])
