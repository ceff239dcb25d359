"""`aia`: the interactive language-model agent of FIND, which experiments before it submits; alone or from exemplars."""

from typing import ClassVar

from findbench.harness.interpreters.agent import Agent


class Aia(Agent):
    """Starts from the brief alone."""

    name: ClassVar[str] = "aia"
    interactive: ClassVar[bool] = True
    exemplars: ClassVar[bool] = False


class AiaWithExemplars(Agent):
    """Starts from exemplars, then experiments: FIND's hybrid."""

    name: ClassVar[str] = "aia+exemplars"
    interactive: ClassVar[bool] = True
    exemplars: ClassVar[bool] = True
