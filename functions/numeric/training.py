"""Train the network that stands for a formula, or look it up among those that were trained for this version."""

from __future__ import annotations

import gzip
import hashlib
import json
import warnings
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.errors import SuiteError
from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.network import HIDDEN, Network
from findbench.functions.numeric.samplers import probes, spec_places
from findbench.functions.numeric.tolerance import GRID, spec_tolerance

if TYPE_CHECKING:
    from findbench.functions.numeric.spec import NumericSpec

ATTEMPTS = 3
"""Trainings from different starts before a formula is given up."""
NETWORK_CLOSE = 0.5
"""A network may miss its formula by this share of the scoring tolerance at most, everywhere on the domain."""
STORE = "networks.json.gz"
_trained_here: dict[str, dict[str, Any] | None] = {}


def network_for(spec: NumericSpec) -> Network | None:
    """The network for a formula (a spec without network), None when none of the trainings came close.

    What was trained for the built-in suites ships with the package: trainings on two machines may differ in the last
    bits, and so a look-up is what makes generation reproduce. Only a formula met for the first time is trained."""
    key = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:24]
    known = _shipped()
    if key not in known and key not in _trained_here:
        network = _train(spec, key)
        _trained_here[key] = None if network is None else network.model_dump()
    data = known[key] if key in known else _trained_here[key]
    return None if data is None else Network.model_validate(data)


def network_error(rng: np.random.Generator, spec: NumericSpec) -> float:
    """Largest |network - formula| in units of the scoring tolerance, over the grid and the local regions."""
    formula = spec.model_copy(update={"network": None})
    x = np.concatenate([GRID, probes(rng, formula)])
    wanted = spec.base_values(x)
    return float(np.max(np.abs(formula.base_values(x) - wanted) / spec_tolerance(spec, wanted)))


def save_trained(path: Path) -> None:
    """Write all known trainings, failed ones too, to `path` (gzip of JSON, equal bytes for equal contents)."""
    text = json.dumps({**_shipped(), **_trained_here}, sort_keys=True, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


@cache
def _shipped() -> dict[str, dict[str, Any] | None]:
    file = resources.files("findbench.functions.data").joinpath(STORE)
    if not file.is_file():
        return {}
    loaded: dict[str, dict[str, Any] | None] = json.loads(gzip.decompress(file.read_bytes()))
    return loaded


def _train(spec: NumericSpec, key: str) -> Network | None:
    """Fit until the formula is met within the tolerance; None when no attempt is. Raises SuiteError without sklearn."""
    try:  # a second of import, needed for training only, from an extra of the package
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPRegressor
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as error:
        raise SuiteError(
            f"a new formula needs a network trained for it, and {error.name} is missing: pip install 'findbench[build]'"
        ) from None

    parts = [np.linspace(*DOMAIN, 513)]
    parts += [np.linspace(low, high, 65) for place in spec_places(spec) for low, high in place.intervals]
    x = np.concatenate(parts)
    y = spec.formula_values(x)
    centre, size = float(np.mean(y)), float(np.std(y)) or 1.0
    with warnings.catch_warnings(), threadpool_limits(1):  # one thread: faster at this size, and reproducible
        warnings.simplefilter("ignore", ConvergenceWarning)
        for attempt in range(ATTEMPTS):
            model = MLPRegressor(
                hidden_layer_sizes=(HIDDEN,), solver="lbfgs", alpha=1e-9, max_iter=1500, max_fun=4000, tol=1e-9,
                random_state=int(key[:7], 16) + attempt,
            )  # fmt: skip
            stretch = 16.0  # inputs to +-8: the initial kinks then cover the middle of the domain as well as its ends
            model.fit((x / stretch)[:, None], (y - centre) / size)
            network = Network(
                weights=_digits(model.coefs_[0][0] / stretch),
                biases=_digits(model.intercepts_[0]),
                outputs=_digits(model.coefs_[1][:, 0] * size),
                bias=_digits(model.intercepts_[1] * size + centre)[0],
            )
            candidate = spec.model_copy(update={"network": network})
            if network_error(np.random.default_rng(attempt), candidate) <= NETWORK_CLOSE:
                return network
    return None


def _digits(values: Any) -> tuple[float, ...]:
    """Rounded to nine significant digits: what is checked is what ships."""
    return tuple(float(f"{value:.9g}") for value in values)
