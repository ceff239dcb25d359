"""`python -m findbench.functions.docs`: write `docs/functions.md` and its pictures from the code, to keep them true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from findbench.functions.base import Category, Function, input_key
from findbench.functions.numeric import Atom, NumericFunction, NumericSpec
from findbench.functions.numeric.atom import DOMAIN, INPUT_LIMIT, POLE_GUARD
from findbench.functions.numeric.noise import CORRUPTION_SD, NOISE_WORDS
from findbench.functions.numeric.pictures import draw_atoms, draw_variants
from findbench.functions.numeric.soundness import NETWORK_CLOSE, SIGNAL_TO_NOISE
from findbench.functions.numeric.tolerance import RELATIVE
from findbench.functions.suites import BUILTIN, Suite, load_suite

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = "pictures"
EXAMPLES = 4
"""Functions shown of each category that works on text."""
INTRODUCTIONS: dict[Category, str] = {
    "numeric": "A finite float in, a finite float out.",
    "strings": "Text in, text out: one operation, or two composed. Deterministic, and total on any Unicode string.",
    "entities": "Text in, a number in [0, 1] out: how strongly a synthetic neuron for one concept, or for either of "
    "two, responds to a word.",
    "relations": "An entity's name in, another entity's name out, after a rule about the world; `undefined` outside "
    "the rule's domain and in an excluded sub-domain.",
}


def render() -> str:
    """The text of `docs/functions.md`."""
    mini = load_suite("mini")
    parts = [
        "# The function space",
        "Written by `python -m findbench.functions.docs` from the code; change the code, not this page.",
        _suites(),
        _numeric(),
    ]
    parts += [_text_category(mini, category) for category in ("strings", "entities", "relations")]
    return "\n\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _suites() -> str:
    rows = []
    for name, recipe in BUILTIN.items():
        suite = load_suite(name)
        rows.append([f"`{name}`", *suite.counts.values(), recipe.seed, f"`{suite.checksum[:12]}`", recipe.purpose])
    find = load_suite("find")
    variants = []
    for category in find.counts:
        tags = Counter(tag for key in find if key.startswith(f"{category}/") for tag in find[key].tags)
        variants.append([category, ", ".join(f"{count} {tag}" for tag, count in sorted(tags.items()))])
    return "\n\n".join(
        [
            "## Suites",
            "A suite is made from a seed, and identified by the checksum of its contents. Equal seed and version of "
            "the generators: equal bytes.",
            _table(["name", "numeric", "strings", "entities", "relations", "seed", "checksum", "for"], rows),
            "    findbench suite ls                         # the built-in suites\n"
            "    findbench suite ls mini                    # the functions of one\n"
            "    findbench suite show numeric/0003 --suite mini\n"
            "    findbench suite make --seed 7 --numeric 50 --strings 50 --out mine.suite.gz\n"
            "    findbench audit mine.suite.gz              # proof that every function is sound",
            "Variants in `find`:",
            _table(["category", "functions with the label"], variants),
        ]
    )


def _numeric() -> str:
    rng = np.random.default_rng(0)
    rows = []
    for name, atom in sorted(Atom.registry.items()):
        ranges = ", ".join(f"{key} {r.low:.4g} to {r.high:.4g}" for key, r in atom.parameters().items())
        use = "alone and in composites" if atom.alone and atom.composes else "alone" if atom.alone else "in composites"
        rows.append([name, ranges or "2 to 5 powers, coefficients -5 to 5", f"`{atom.draw(rng).formula()}`", use])
    example = next(f for f in load_suite("mini").values() if "corruption" in f.tags and isinstance(f, NumericFunction))
    noises = "\n".join(f"  - `{name}`: {words}." for name, words in NOISE_WORDS.items())
    return "\n\n".join(
        [
            "## Numeric",
            f"{INTRODUCTIONS['numeric']} Studied and scored for x from {DOMAIN[0]:g} to {DOMAIN[1]:g}; inputs beyond "
            f"±{INPUT_LIMIT:g} count as ±{INPUT_LIMIT:g}. Denominators and arguments of logarithms count as at least "
            f"{POLE_GUARD} in magnitude, so that no value is infinite. Roots and logarithms are of a distance: no "
            "value is complex. A function is one atom, or the sum or product of two different ones.",
            f"![One member of each family of atoms]({PICTURES}/atoms.png)",
            _table(["atom", "parameters (one decimal)", "an example", "used"], rows),
            "At most one deviation is added:",
            f"- **noise**, drawn for each query:\n{noises}\n"
            f"- **corruption**: inside an interval (width 5 to 25), above a cut, or below a cut, the output is "
            f"normal with the function's mean over the domain and standard deviation {CORRUPTION_SD};\n"
            f"- **approximation**: a 1-64-ReLU-1 network, trained at generation, computes the function in the "
            f"formula's place. It is accepted only if it misses the formula nowhere on the domain by more than "
            f"{NETWORK_CLOSE:g} of the scoring tolerance, so the formula is a right answer. What was trained ships "
            "with the package.",
            f"![Noise, corruption, approximation]({PICTURES}/variants.png)",
            f"*Tolerance* (a prediction within it is right): {RELATIVE:.0%} of the target's magnitude or of the "
            "function's scale, whichever is more. The *scale* is half of the range between the 5th and the 95th "
            "percentile of the noise-free values over the domain, and at least a tenth of half of the range between "
            "0.15 % and 99.85 %.",
            f"The generator rejects functions whose noise-free range is below {SIGNAL_TO_NOISE:g} standard "
            "deviations of their noise; that a constant, a line or a cubic matches within the tolerance on the "
            "domain and in every local region although they are of another family; that equal an earlier one on "
            "held-out inputs; that have a parameter without effect; whose corruption does not show. The audit checks "
            "all this again with other inputs.",
            "Where FIND differs: its Poisson noise is not centred, its `step` has no location, its `absolute` no "
            "offset, most of its square waves are sign(x), its roots are complex left of zero.",
            f"For instance `{example.id}` of `mini`:",
            _show(example),
        ]
    )


def _show(function: Function) -> str:
    return f"> {function.description}\n\n```python\n{function.reference_code.rstrip()}\n```"


def _text_category(suite: Suite, category: Category) -> str:
    parts = [f"## {category.capitalize()}", INTRODUCTIONS[category]]
    ids = [key for key in suite if key.startswith(f"{category}/")]
    for key in ids[:: max(1, len(ids) // EXAMPLES)][:EXAMPLES]:
        function = suite[key]
        inputs = function.exemplars(np.random.default_rng(0), 4)
        pairs = zip(input_key(inputs), input_key(function.target(inputs)), strict=True)
        parts.append(f"`{key}` of `{suite.name}` ({', '.join(function.tags)}):\n\n> {function.description}")
        parts.append(_table(["input", "output"], [[_cell(x), _cell(y)] for x, y in pairs]))
    return "\n\n".join(parts)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"`{value}`" if value else "(empty)"


def example_specs() -> dict[str, NumericSpec]:
    """Title -> spec of the picture of variants: one of each noise and corruption, and a network."""
    sine = {"atom": "sine", "amplitude": 8.0, "rate": 0.1, "offset": 5.0}
    line = {"atom": "linear", "slope": 0.2, "intercept": -5.0}
    hole = {"where": "inside", "low": 20.0, "high": 44.0, "mean": 5.0}
    specs = {
        f"noise: {name}": NumericSpec.model_validate({"terms": [sine], "noise": name})
        for name in ("uniform", "normal", "poisson")
    }
    specs["corruption: inside an interval"] = NumericSpec.model_validate({"terms": [sine], "corruption": hole})
    specs["corruption: above a cut"] = NumericSpec.model_validate(
        {"terms": [line], "corruption": {"where": "above", "low": 30.0, "mean": -5.0}}
    )
    suite = load_suite("mini")
    specs["approximation by a network"] = next(
        f.spec
        for f in suite.values()
        if isinstance(f, NumericFunction) and f.family in ("gaussian", "tanh") and f.spec.network
    )
    specs["a sum"] = NumericSpec.model_validate({"terms": [sine, line], "operator": "+"})
    specs["a product"] = NumericSpec.model_validate({"terms": [sine, line], "operator": "*"})
    return specs


def main() -> None:
    """Write the page and the pictures."""
    (DOCS / PICTURES).mkdir(parents=True, exist_ok=True)
    draw_atoms(DOCS / PICTURES / "atoms.png")
    draw_variants(DOCS / PICTURES / "variants.png", example_specs())
    (DOCS / "functions.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
