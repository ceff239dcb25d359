"""What the briefs of a run held beside what every brief holds: exemplars, or the true form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findbench.harness.report.sanitise import clean_line

if TYPE_CHECKING:
    from findbench.harness.schema.records import RunInfo


def extras(info: RunInfo) -> str:
    """Such as `exemplars and form`: what any session of the run names as `needs`; empty where none does."""
    found = {need for session in info.sessions for need in session.versions.get("needs", "").split(", ") if need}
    return " and ".join(clean_line(need) for need in sorted(found))
