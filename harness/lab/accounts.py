"""What an episode has used of its function: one count of queries, whatever containers and oracles come and go."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from findbench.functions.base import input_key

if TYPE_CHECKING:
    from findbench.functions.base import Inputs
    from findbench.harness.schema.result import Value


class Accounts:
    """The budget of one episode and what was spent of it. Thread-safe; the number of a query is its noise's index."""

    def __init__(self, budget: int) -> None:
        """`budget`: queries the episode may make."""
        self.budget = budget
        self.queries = 0
        """Queries made so far."""
        self.batches: list[Inputs] = []
        """The batches that were evaluated, in order (for the report of the overlap with held-out inputs)."""
        self._lock = threading.Lock()

    @property
    def remaining(self) -> int:
        """Queries left in the budget."""
        return self.budget - self.queries

    def take(self, inputs: Inputs, count: int) -> int | None:
        """Spend `count` queries on `inputs`: the number of the first, or None (and nothing spent) for too many."""
        with self._lock:
            if count > self.budget - self.queries:
                return None
            first = self.queries
            self.queries += count
            self.batches.append(inputs)
            return first

    @property
    def queried(self) -> list[Value]:
        """All inputs that were evaluated, in order, as plain Python values: floats, strings, tuples of floats."""
        return [x for batch in list(self.batches) for x in input_key(batch)]
