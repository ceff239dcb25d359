"""Small SVG drawings for the HTML report, made of numbers only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from findbench.harness.report.stats import Estimate
from findbench.harness.schema import Curve

MARGIN = 4.0


def interval_svg(estimate: Estimate, *, width: int = 72, height: int = 14) -> Markup:
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
