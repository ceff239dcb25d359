"""Every exception of the harness, drawn once.

FindbenchError
├── UsageError             the person's input is wrong: one line, exit code 2, nothing touched
├── EngineError            the container engine cannot be used: one line, exit code 2
├── InfrastructureError    a lab broke through nothing that ran in it (container removed, engine gone): the episode is
│                          retried with what it had left, never scored for it
├── RecordError            a record on disk is corrupt, belongs to another configuration or cannot be written (a full
│                          disk): one line, exit code 2, what had finished stays
├── BudgetReached          a ceiling of the run on tokens or money: no more episodes start, those running finish
└── ModelError             the language model failed: this episode ends, is recorded, the run goes on
    ├── ContextOverflow    what was sent does not fit the model's context: send less
    └── FatalModelError    no episode could succeed (bad key, unknown model): the run stops, resumable, exit code 2

Cancelled                  the run is being stopped: no `Exception`, so that an interpreter that catches everything
                           does not swallow it
"""


class FindbenchError(Exception):
    """Base of all. `str(error)` is one line: what, why, what to do."""


class UsageError(FindbenchError):
    """Bad input from the person."""


class EngineError(FindbenchError):
    """The container engine, its image or its runtime cannot be used."""


class InfrastructureError(FindbenchError):
    """A lab broke through no fault of what ran in it; never a score."""


class RecordError(FindbenchError):
    """A record on disk is corrupt, is of another configuration, or cannot be written."""


class BudgetReached(FindbenchError):  # noqa: N818 - not a fault: the person's own ceiling
    """The run has used the tokens or the money that it may use."""


class ModelError(FindbenchError):
    """The language model failed for this episode."""


class ContextOverflow(ModelError):  # noqa: N818 - the field's name of it
    """The messages do not fit the model's context."""


class FatalModelError(ModelError):
    """The language model cannot serve any episode."""


class Cancelled(BaseException):
    """The run is being stopped."""
