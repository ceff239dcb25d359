"""One episode of a language-model interpreter against a scripted model over real HTTP, with a lab that runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fake_lab import FakeLab
from llm_server import LlmServer, Outcome, by_round, in_order

from findbench.harness.errors import ModelError
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import Brief, Interpretation, InterpreterSettings
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.notes import ForcedNote, ReminderNote

WHOLE = Interpretation(description="twice x", domain="all numbers", code="def predict(x):\n    return 2 * x")
SUBMIT = f"""<submission>
<description>{WHOLE.description}</description>
<domain>{WHOLE.domain}</domain>
<code>
{WHOLE.code}
</code>
</submission>"""
EMPTY_CODE = "<submission>\n<description>twice x</description>\n<domain>all numbers</domain>\n</submission>"
NUMERIC = Brief(category="numeric", input_kind="number", output_kind="number", rounds=6, exemplar_inputs=(1.0, 2.0))


def experiment(code: str) -> str:
    return f"I look.\n```python\n{code}\n```"


class ScriptedEpisode:
    """One episode against a script, and everything that can be asked of it afterwards."""

    def __init__(
        self,
        outcomes: Iterable[Outcome],
        *,
        name: str = "aia",
        brief: Brief = NUMERIC,
        lab: FakeLab | None = None,
        ordered: bool = False,
        retries: int = 1,
        **settings: Any,
    ) -> None:
        self.lab = lab or FakeLab(lambda code: f"ran {code[:40]}\n")
        self.error: ModelError | None = None
        self.submitted: Interpretation | None = None
        script = in_order(outcomes) if ordered else by_round(outcomes)
        chosen = InterpreterSettings(**({"protocol": "text"} | settings))
        with LlmServer(script) as self.server:
            model = ModelSettings(model="tiny", base_url=self.server.url, retries=retries, backoff_s=0.01)
            with ChatClient(model) as client:
                try:
                    self.submitted = load_interpreter(name, chosen, client).interpret(self.lab, brief)
                except ModelError as error:
                    self.error = error

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The messages of the last request."""
        return list(self.server.requests[-1]["messages"])

    def reminders(self) -> list[str]:
        return [note.why for note in self.lab.noted(ReminderNote)]

    def forced(self) -> list[str]:
        return [note.why for note in self.lab.noted(ForcedNote)]
