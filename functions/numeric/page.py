"""The numeric functions' part of docs/functions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.markdown import ground_truth, table
from findbench.functions.numeric.asked import BEYOND
from findbench.functions.numeric.atom import DOMAIN, INPUT_LIMIT, POLE_GUARD, Atom
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.noise import CORRUPTION_SD, NOISE_WORDS
from findbench.functions.numeric.soundness import SIGNAL_TO_NOISE
from findbench.functions.numeric.training import NETWORK_CLOSE
from findbench.functions.tolerance import RELATIVE, STANDARD_ERRORS

if TYPE_CHECKING:
    from findbench.functions.suites.suite import Suite

PICTURES = "pictures"
"""Where the page finds its pictures, beside it."""


def page(mini: Suite) -> list[str]:
    """The paragraphs, with a function of the suite `mini` as the example."""
    rng = np.random.default_rng(0)
    rows = []
    for name, atom in sorted(Atom.registry.items()):
        ranges = ", ".join(f"{key} {r.low:.4g} to {r.high:.4g}" for key, r in atom.parameters().items())
        use = "alone and in composites" if atom.alone and atom.composes else "alone" if atom.alone else "in composites"
        rows.append([name, ranges or "2 to 5 powers, coefficients -5 to 5", f"`{atom.draw(rng).formula()}`", use])
    example = next(f for f in mini.values() if isinstance(f, NumericFunction) and f.spec.corruption is not None)
    noises = "\n".join(f"  - `{name}`: {words}." for name, words in NOISE_WORDS.items())
    return [
        f"Studied and scored for x from {DOMAIN[0]:g} to {DOMAIN[1]:g}, and up to ±{BEYOND:g} as a figure of its own; "
        f"inputs beyond ±{INPUT_LIMIT:g} count as ±{INPUT_LIMIT:g}. Denominators and arguments of logarithms count as "
        f"at least {POLE_GUARD} in magnitude, so that no value is infinite. Roots and logarithms are of a distance: no "
        "value is complex. A function is one atom, or the sum or product of two different ones.",
        f"![One member of each family of atoms]({PICTURES}/atoms.png)",
        table(["atom", "parameters (one decimal)", "an example", "used"], rows),
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
        f"0.15 % and 99.85 %. Where there is noise, {STANDARD_ERRORS:g} standard errors of a fit to as many queries as "
        "there were are allowed at least ([scoring.md](scoring.md#numeric)).",
        f"The generator rejects functions whose noise-free range is below {SIGNAL_TO_NOISE:g} standard "
        "deviations of their noise; that a constant, a line or a cubic matches within the tolerance on the "
        "domain and in every local region although they are of another family; that equal an earlier one on "
        "held-out inputs; that have a parameter without effect; whose corruption does not show. The audit checks "
        "all this again with other inputs.",
        "Where FIND differs: its Poisson noise is not centred, its `step` has no location, its `absolute` no "
        "offset, most of its square waves are sign(x), its roots are complex left of zero.",
        f"For instance `{example.id}` of `mini`:",
        ground_truth(example),
    ]
