"""What an audit found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Failure(BaseModel):
    """One check that one function failed."""

    model_config = ConfigDict(frozen=True)

    function: str
    check: str
    reason: str


class AuditReport(BaseModel):
    """Result of auditing a suite; sound when `failures` is empty."""

    model_config = ConfigDict(frozen=True)

    suite: str
    checksum: str
    functions: int
    counts: dict[str, dict[str, int]]
    """Category -> {"total": n, variant label: n, ...}."""
    checks: dict[str, int]
    """Check -> number of functions (or of categories) it was applied to."""
    dropped: dict[str, int]
    """Category -> number of local regions that are not scored, because too few of the inputs that are asked lie in
    them."""
    failures: list[Failure]

    @property
    def sound(self) -> bool:
        """Whether every check passed."""
        return not self.failures
