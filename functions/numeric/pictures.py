"""Plots of numeric functions for the documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from findbench.functions.numeric.atom import DOMAIN, Atom
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite

if TYPE_CHECKING:
    from findbench.functions.base import Interval

BLUE, GREY = "#2563a8", "#b8c4d0"
COLUMNS = 4
SEED = 3
"""Chosen for members that look like their families."""


def draw_atoms(path: Path) -> None:
    """One member of each atom, drawn with a fixed seed; poles are clipped so that they do not flatten the rest."""
    specs = {}
    for name, atom in sorted(Atom.registry.items()):
        specs[name] = NumericSpec(terms=(atom.draw(np.random.default_rng([SEED, *name.encode()])),))
    _draw(path, specs, observations=False)


def draw_variants(path: Path, specs: Mapping[str, NumericSpec]) -> None:
    """Each spec's formula (grey) with 400 observations (blue)."""
    _draw(path, specs, observations=True)


def _draw(path: Path, specs: Mapping[str, NumericSpec], *, observations: bool) -> None:
    rows = -(-len(specs) // COLUMNS)
    figure = Figure(figsize=(3 * COLUMNS, 2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    rng = np.random.default_rng(0)
    for i, (title, spec) in enumerate(specs.items()):
        axes = figure.add_subplot(rows, COLUMNS, i + 1)
        x = np.linspace(*(DOMAIN if observations else _window(spec)), 2049)
        y = spec.formula_values(x)
        axes.plot(x, y, color=GREY if observations else BLUE, linewidth=1.5)
        if observations:
            at = np.sort(rng.uniform(*DOMAIN, 400))
            seen = NumericFunction("numeric/0000", spec).sample(at, rng.random(400))
            axes.plot(at, seen, ".", color=BLUE, markersize=2)
        else:
            low, high = np.quantile(y, [0.01, 0.99])
            if np.ptp(y) > 3 * (high - low) > 0:
                axes.set_ylim(low - 0.2 * (high - low), high + 0.2 * (high - low))
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=7)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=80, metadata={"Software": None})


def _window(spec: NumericSpec) -> Interval:
    """The domain, or a few periods where hundreds would be a solid block."""
    cycle = spec.terms[0].cycle()
    return DOMAIN if cycle is None or cycle >= 20 else (-3 * cycle, 3 * cycle)


def example_specs() -> dict[str, NumericSpec]:
    """Title -> spec of the picture of variants: one of each noise and corruption, and a network."""
    sine = {"atom": "sine", "amplitude": 8.0, "rate": 0.1, "offset": 5.0}
    line = {"atom": "linear", "slope": 0.2, "intercept": -5.0}
    region = {"where": "inside", "low": 20.0, "high": 44.0, "mean": 5.0}
    specs = {
        f"noise: {name}": NumericSpec.model_validate({"terms": [sine], "noise": name})
        for name in ("uniform", "normal", "poisson")
    }
    specs["corruption: inside an interval"] = NumericSpec.model_validate({"terms": [sine], "corruption": region})
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
