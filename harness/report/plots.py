"""The plots of the HTML report: small SVG drawings, made of numbers only. A new plot is one entry of PLOTS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

if TYPE_CHECKING:
    from findbench.harness.report.stats import Estimate
    from findbench.harness.report.tally import Tally
    from findbench.harness.schema.records import Curve

MARGIN = 4.0


@dataclass(frozen=True)
class Drawing:
    """One tile of a plot."""

    svg: Markup
    episode: str | None = None
    """Key of the episode that it shows: the tile then leads to that episode, which shows the drawing too."""


@dataclass(frozen=True)
class Plot:
    """A section of the page: a gallery of drawings."""

    title: str
    note: Markup
    """How to read it."""
    style: Markup
    """CSS of its classes. The page's colours are variables: --ink, --soft, --rule, --accent, --truth, --good, --bad."""
    draw: Callable[[Tally], Iterable[Drawing]]
    """The drawings for one run; a section without any is left out."""


def interval_svg(estimate: Estimate, *, width: int = 56, height: int = 12) -> Markup:
    """A track from 0 to 1 with the interval as a bar and the mean as a dot."""
    span, middle = width - 2 * MARGIN, height / 2

    def at(value: float) -> str:
        return f"{MARGIN + span * min(1.0, max(0.0, value)):.1f}"

    return Markup(  # noqa: S704 - numbers only
        f'<svg class="interval" width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true">'
        f'<line class="track" x1="{at(0)}" x2="{at(1)}" y1="{middle}" y2="{middle}"/>'
        f'<line class="range" x1="{at(estimate.low)}" x2="{at(estimate.high)}" y1="{middle}" y2="{middle}"/>'
        f'<circle class="mean" cx="{at(estimate.mean)}" cy="{middle}" r="3.5"/></svg>'
    )


def curve_svg(curve: Curve, *, width: int = 260, height: int = 120) -> Markup:
    """Truth (broad) and prediction (thin) over the domain.

    The scale follows the truth without its outermost 2 %, so that a pole does not flatten the rest; what is outside
    runs along the edge.
    """
    truth = np.asarray(curve.truth, dtype=float)
    low, high = (float(value) for value in np.quantile(truth, [0.02, 0.98]))
    pad = 0.15 * (high - low) or max(1.0, abs(high)) * 0.5
    low, high = low - pad, high + pad
    first, last = curve.x[0], curve.x[-1]

    def place(xs: Sequence[float], ys: Sequence[float | None]) -> str:
        parts, pen = [], "M"
        for x, y in zip(xs, ys, strict=True):
            if y is None:
                pen = "M"
                continue
            across = MARGIN + (width - 2 * MARGIN) * (x - first) / (last - first)
            down = MARGIN + (height - 2 * MARGIN) * (1 - (min(high, max(low, y)) - low) / (high - low))
            parts.append(f"{pen}{across:.1f} {down:.1f}")
            pen = "L"
        return "".join(parts)

    zero = ""
    if low < 0 < high:
        down = MARGIN + (height - 2 * MARGIN) * (1 - (0 - low) / (high - low))
        zero = f'<line class="zero" x1="{MARGIN}" x2="{width - MARGIN}" y1="{down:.1f}" y2="{down:.1f}"/>'
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="curve" viewBox="0 0 {width} {height}" role="img" aria-label="truth and prediction">{zero}'
        f'<path class="truth" d="{place(curve.x, curve.truth)}"/>'
        f'<path class="prediction" d="{place(curve.x, curve.prediction)}"/></svg>'
    )


def _curves(tally: Tally) -> Iterable[Drawing]:
    return [Drawing(curve_svg(record.curve), record.key) for record in tally.records if record.curve]


INTERVAL_STYLE = Markup(
    ".interval { display: block; margin-left: auto; } .interval .track { stroke: var(--rule); stroke-width: 2; }"
    ".interval .range { stroke: var(--accent); stroke-width: 4; stroke-linecap: round; opacity: .35; }"
    ".interval .mean { fill: var(--accent); }"
)
PLOTS: list[Plot] = [
    Plot(
        title="Truth and prediction",
        note=Markup(
            '<span class="key" style="background:var(--truth)"></span> noise-free truth &nbsp; '
            '<span class="key" style="background:var(--accent);height:.15rem"></span> submitted code, '
            "over [-128, 128]; the vertical scale follows the truth"
        ),
        style=Markup(
            ".curve { width: 100%; display: block; } .curve path { fill: none; stroke-linejoin: round; }"
            ".curve .truth { stroke: var(--truth); stroke-width: 5; }"
            ".curve .prediction { stroke: var(--accent); stroke-width: 1.4; }"
            ".curve .zero { stroke: var(--rule); stroke-width: 1; } .inside .curve { max-width: 36rem; }"
        ),
        draw=_curves,
    ),
]
"""In the order of the page. Each draws the episodes of the run that the page is about."""
