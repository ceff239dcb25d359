"""A lab: one sandbox with a hidden function wired to `f`. Code goes in; stdout, a status and counts come out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from typing_extensions import override

from findbench.functions.base import Function
from findbench.harness.errors import InfrastructureError, UsageError
from findbench.harness.lab.accounts import Accounts
from findbench.harness.lab.base import Notebook, SandboxSource
from findbench.harness.lab.oracle import Oracle
from findbench.harness.lab.pace import FAR, NEAR
from findbench.harness.schema.limits import DEFAULT_BUDGET, Limits
from findbench.sandbox_image.kinds import KINDS

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport
    from findbench.harness.sandbox.container import Sandbox
    from findbench.harness.schema.result import Value


class Lab(Notebook):
    """One episode's lab: experiments find `f`, the hidden function, and `np`.

        with Lab(function, budget=100) as lab:
            print(lab.run("print(f(2), f.left)").stdout)

    `f` takes one input (a number, a string, a row of numbers), or a list or array of them, and gives the same shape
    back. Each input counts as one query; `f.left` says how many are left.
    """

    _wants_numpy = True

    def __init__(
        self,
        function: Function,
        *,
        budget: int = DEFAULT_BUDGET,
        limits: Limits | None = None,
        seed: int | None = None,
        runtime: str = "runc",
        transport: Transport = "auto",
        pool: SandboxSource | None = None,
    ) -> None:
        """A lab for `function`; its container starts on entry or at the first use.

        `budget`: queries that may be made. `limits`: time, memory and sizes. `seed`: the noise and the random
        generators of the experiments derive from it, so that a lab with a seed replays; without one it is drawn, 64
        random bits, and stands in the attribute `seed`. `runtime`: the container runtime, as the engine names it.
        `transport`: how bytes reach the container (`unix`, `stdio`, or `auto`: what works). `pool`: where started
        containers come from; its own limits, runtime and transport hold. Raises UsageError for arguments that cannot
        be used.
        """
        if not isinstance(function, Function):
            raise UsageError(f"a lab needs a Function, not {function!r:.60}; code without `f` runs in a CodeRunner")
        if budget < 0:
            raise UsageError(f"budget {budget} is negative; give the number of queries an episode may make")
        seed = secrets.randbits(64) if seed is None else seed
        super().__init__(limits=limits, seed=seed, runtime=runtime, transport=transport, pool=pool)
        self._accounts = Accounts(budget)
        self._oracle = Oracle(function, self._accounts, seed=seed)
        self._session = self._oracle.session()
        self._session.end()  # no experiment is under way
        self._input_kind = KINDS[function.input_kind].one

    @override
    def _prepare(self, sandbox: Sandbox) -> None:
        self._oracle.pace = NEAR if sandbox.is_near else FAR
        sandbox.serve(self._session)

    @override
    def _begin(self, sandbox: Sandbox) -> None:
        self._session = self._oracle.session()
        sandbox.serve(self._session)

    @override
    def _end(self) -> None:
        self._session.end()

    @override
    def _raise_fault(self) -> None:
        fault = self._oracle.fault
        if fault is not None:
            raise InfrastructureError(f"the hidden function itself failed: {type(fault).__name__}: {fault}") from fault

    def go_on_from(self, *, queries: int, experiments: int) -> None:
        """Take so many queries and experiments for made: what follows gets the noise and the seeds that come next."""
        self._accounts.queries = queries
        self.experiments = experiments

    # -- accounts

    @property
    def budget(self) -> int:
        """Queries that the episode may make."""
        return self._accounts.budget

    @property
    @override
    def queries(self) -> int:
        """Queries made so far in this episode."""
        return self._accounts.queries

    @property
    def remaining(self) -> int:
        """Queries left in the budget."""
        return self._accounts.remaining

    @property
    def queried(self) -> list[Value]:
        """All inputs that were evaluated, in order: floats, strings, or tuples of floats."""
        return self._accounts.queried
