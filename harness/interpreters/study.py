"""One episode of a language-model interpreter: rounds of reply, experiments and answer, until a submission stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from findbench.harness.errors import FatalModelError, ModelError
from findbench.harness.interpreters import LabLike
from findbench.harness.interpreters.conversation import Conversation
from findbench.harness.interpreters.protocols import read, tools
from findbench.harness.interpreters.queries import MOST, lab_code, observe, parse_inputs
from findbench.harness.interpreters.reading import PARTS, Reading, salvage
from findbench.harness.model import Reply
from findbench.harness.schema import Brief, Interpretation

if TYPE_CHECKING:
    from findbench.harness.interpreters.agent import Agent

MAX_EXPERIMENTS = 5
"""Experiments of one reply that are run. More in one go is a plan without looking."""

_NUMBERED = re.compile(r"<experiment \d+>")
"""The name of an experiment's file in a traceback: no difference between two outcomes."""


class Study:
    """The state of one episode."""

    def __init__(self, agent: Agent, lab: LabLike, brief: Brief) -> None:
        """Observes the exemplars, if the agent starts from them."""
        self._agent = agent
        self._prompts = agent.prompts
        self._lab = lab
        self._brief = brief
        self._code = agent.settings.code
        self._protocol = agent.protocol()
        self._rounds = brief.rounds if agent.interactive else 1 + agent.settings.reminders
        self._held: Interpretation | None = (
            None  # submitted with a part missing, or cut: stands unless a better one comes
        )
        self._asked_for_missing = False
        self._experiments = 0
        self._reminders = 0
        self._last: list[tuple[str, str]] = []
        lab.note("protocol", {"protocol": self._protocol, "prompts": agent.prompt_version, "code": self._code})
        native = self._protocol == "native"
        offered = tools(self._prompts, code=self._code, interactive=agent.interactive, kind=brief.input_kind)
        self._talk = Conversation(
            agent.client,
            lab,
            opening=[
                {"role": "system", "content": self._prompts("system")},
                {"role": "user", "content": self._opening()},
            ],
            tools=offered if native else (),
            seed=brief.seed,
        )

    def run(self) -> Interpretation:
        """The interpretation that stands in the end; an empty one when the model gave none. Raises ModelError."""
        for left in reversed(range(self._rounds)):
            try:
                reply = self._talk.ask()
            except FatalModelError:
                raise
            except ModelError:
                if self._held is None:
                    raise
                return self._held
            reading = read(reply, code=self._code)
            outputs, words = self._experiment(reading) if self._agent.interactive else ([], [])
            if reading.submission is not None:
                self._held = _merged(self._held, reading.submission)
                missing = [part for part in PARTS if not getattr(self._held, part).strip()]
                if reading.whole and (not missing or self._asked_for_missing):
                    return self._held
                if reading.whole:
                    self._asked_for_missing = True
                    words.append(self._remind("missing", missing=", ".join(missing)))
            elif self._asked_for_missing and not reading.requests and self._held is not None:
                return self._held  # it was asked for what is missing, and has nothing to add
            if reading.problem is not None:
                words.append(self._remind(reading.problem, problem=reading.detail))
            elif reading.requests and not self._agent.interactive:
                words.append(self._remind("format"))
            if self._reminders > self._agent.settings.reminders:
                self._talk.answer(reply, outputs, "")
                return self._forced("reminders")
            if self._agent.interactive and left:
                words.append(self._prompts("last_round") if left == 1 else self._prompts("rounds_left", rounds=left))
            self._talk.answer(reply, outputs, "\n\n".join(words))
        return self._forced("rounds")

    # -- what is said ----------------------------------------------------------------------------------------------
    def _opening(self) -> str:
        brief, prompts = self._brief, self._prompts
        kinds = f"{brief.input_kind}_{brief.output_kind}"
        about = [prompts(f"types_{kinds}")]
        told = {"none": (), "category": ("category",), "families": ("category", "families")}[brief.prior]
        about += [prompts(name) for what in told if (name := f"{what}_{brief.category}") in prompts]
        values = {
            "about_f": "\n".join(about),
            "what_to_submit": prompts(f"submit_{kinds}"),
            "how_to_submit": prompts(f"submission_{self._protocol}"),
            "exemplars": observe(self._lab, brief.exemplar_inputs) if self._agent.exemplars else "",
        }
        if not self._agent.interactive:
            return prompts("milan", **values)
        example = "[-2, 0, 2.5]" if brief.input_kind == "number" else '["word", "Hello 42"]'
        how = prompts(
            f"{'experiment' if self._code else 'query'}_{self._protocol}",
            seconds=f"{brief.seconds:g}",
            example=example,
            most=MOST,
        )
        task = prompts("interactive", how_to_experiment=how, budget=brief.budget, rounds=brief.rounds, **values)
        return f"{task}\n\n{prompts('exemplars', **values)}" if self._agent.exemplars else task

    def _remind(self, why: str, **values: object) -> str:
        self._reminders += 1
        self._lab.note("reminder", {"why": why})
        go_on = f"go_on_{self._protocol}" if self._agent.interactive else "go_on_submit"
        return self._prompts(f"reminder_{why}", how_to_go_on=self._prompts(go_on), **values)

    # -- experiments -----------------------------------------------------------------------------------------------
    def _experiment(self, reading: Reading) -> tuple[list[tuple[str, str]], list[str]]:
        """Run what the reply asks for. Outputs as (tool call id, text), and reminders if something was wrong."""
        outputs: list[tuple[str, str]] = []
        words: list[str] = []
        ran = []
        for request in reading.requests[:MAX_EXPERIMENTS]:
            try:
                code = request.text if self._code else lab_code(parse_inputs(request.text, self._brief.input_kind))
            except ValueError as error:
                words.append(self._remind("arguments", problem=error))
                continue
            result = self._lab.run(code)
            self._experiments += 1
            ran.append((code, _NUMBERED.sub("<experiment>", result.stdout)))
            status = (
                result.status if result.state_kept else f"{result.status}, variables of earlier experiments are lost"
            )
            text = self._prompts(
                "output",
                number=self._experiments,
                status=status,
                queries=result.queries,
                remaining=self._lab.remaining,
                stdout=result.stdout.rstrip() or "(nothing was printed)",
            )
            outputs.append((request.call, text))
        if len(reading.requests) > MAX_EXPERIMENTS:
            words.append(self._prompts("too_many", most=MAX_EXPERIMENTS, number=len(reading.requests)))
        # The same once more is fair where noise may show; the same with the same outcome is a loop.
        if ran and self._last == ran and reading.submission is None:
            words.append(self._remind("repetition"))
        self._last = ran or self._last
        return outputs, words

    # -- the end ---------------------------------------------------------------------------------------------------
    def _forced(self, why: str) -> Interpretation:
        """Ask once for the best submission. What comes is taken as it is; the form matters no longer."""
        if self._held is not None and self._asked_for_missing:
            return self._held
        self._lab.note("forced", {"why": why})
        self._talk.say(self._prompts("forced", how_to_submit=self._prompts(f"submission_{self._protocol}")))
        try:
            reply: Reply = self._talk.ask()
        except FatalModelError:
            raise
        except ModelError:
            if self._held is None:
                raise
            return self._held
        reading = read(reply, code=self._code)
        if reading.submission is not None:
            return _merged(self._held, reading.submission)
        if self._held is not None:
            return self._held
        return salvage(reply) or Interpretation()


def _merged(held: Interpretation | None, new: Interpretation) -> Interpretation:
    """The new submission, with the parts that it lacks from the one before."""
    if held is None:
        return new
    return Interpretation(**{part: getattr(new if getattr(new, part).strip() else held, part) for part in PARTS})
