"""The audit: proof that every function of a suite is what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from findbench.functions.audit.checks import CHECKS, duplicates
from findbench.functions.audit.probes import Probes
from findbench.functions.audit.report import AuditReport, Failure
from findbench.functions.categories import CATEGORIES

if TYPE_CHECKING:
    from findbench.functions.base import Inputs
    from findbench.functions.suites.suite import Suite

__all__ = ["AuditReport", "Failure", "audit"]


def audit(suite: Suite, *, seed: int = 99, progress: Callable[[], None] | None = None) -> AuditReport:
    """Apply every check to every function; `progress` is called after each. `seed` draws the audit's inputs."""
    counts: dict[str, dict[str, int]] = {}
    checks: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    asked: dict[tuple[str, str], Inputs] = {}
    failures: list[Failure] = []
    for category in CATEGORIES:
        drawn: list[Probes] = []
        labels: Counter[str] = Counter()
        for key in suite.ids(category):
            function = suite[key]
            labels.update(["total", *function.tags])
            brief = function.category, function.subject
            probes = Probes(function, seed, asked.get(brief))
            asked[brief] = probes.held_out.asked
            drawn.append(probes)
            dropped[category] += len(probes.held_out.dropped)
            for name, check in CHECKS.items():
                checks[name] += 1
                failures += [Failure(function=key, check=name, reason=reason) for reason in check(probes)]
            if progress is not None:
                progress()
        if drawn:
            checks["duplicates"] += 1
            failures += [
                Failure(function=a, check="duplicates", reason=f"equal to {b} on held-out inputs")
                for a, b in duplicates(drawn)
            ]
            counts[category] = dict(labels)
    return AuditReport(
        suite=suite.name,
        checksum=suite.checksum,
        functions=len(suite),
        counts=counts,
        checks=dict(checks),
        dropped=dict(dropped),
        failures=failures,
    )
