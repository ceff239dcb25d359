"""`milan`: exemplars in one round, then a description, after MILAN (Hernandez et al., 2022) as FIND uses it."""

from typing import ClassVar

from findbench.harness.interpreters.agent import Agent


class Milan(Agent):
    """Sees the exemplars, submits, and never experiments."""

    name: ClassVar[str] = "milan"
    interactive: ClassVar[bool] = False
    exemplars: ClassVar[bool] = True
