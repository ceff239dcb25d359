"""One episode of a language-model interpreter: rounds of reply, experiments and answer, until a submission stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from findbench.harness.errors import FatalModelError, ModelError
from findbench.harness.interpreters.conversation import Conversation
from findbench.harness.interpreters.parsing import PARTS, ParsedReply, parse_without_form
from findbench.harness.interpreters.protocols import parse_reply, tools
from findbench.harness.interpreters.queries import MAX_INPUTS, lab_code, observe_exemplars, parse_inputs
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import ForcedNote, ProtocolNote, ReminderNote
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.interpreters.agent import Agent
    from findbench.harness.interpreters.base import LabLike
    from findbench.harness.model.replies import Reply
    from findbench.harness.schema.result import Result

MAX_EXPERIMENTS = 5
"""Experiments of one reply that are run. A model that writes more at once does not look at what they give."""

_NUMBERED = re.compile(r"<experiment \d+>")
"""The name of an experiment's file in a traceback, which is no difference between two outcomes."""


class AgentLoop:
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
        self._held: Interpretation | None = None
        """Submitted with a part missing, or cut off: stands unless a better one comes."""
        self._asked_for_missing = False
        self._experiments = 0
        self._reminders = 0
        self._last_ran: list[tuple[str, str]] = []
        """(code, output) of the experiments of the last reply that held any."""
        lab.note(ProtocolNote(protocol=self._protocol, prompts=agent.prompt_version, code=self._code))
        native = self._protocol == "native"
        offered = tools(self._prompts, code=self._code, interactive=agent.interactive, kind=brief.input_kind)
        self._conversation = Conversation(
            agent.client,
            self._prompts,
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
            reply = self._ask()
            if reply is None:
                return self._standing()
            parsed = parse_reply(reply, code=self._code)
            # Experiments run even beside a submission: they count as queries, and a reminder may come of either.
            outputs, remarks = self._run_experiments(parsed) if self._agent.interactive else ([], [])
            if self._is_final(parsed, remarks):
                return self._standing()
            if parsed.problem is not None:
                remarks.append(self._remind(parsed.problem, problem=parsed.detail))
            elif parsed.requests and not self._agent.interactive:
                remarks.append(self._remind("format"))
            if self._reminders > self._agent.settings.reminders:
                self._conversation.answer(reply, outputs, "")
                return self._force("reminders")
            if self._agent.interactive and left:
                remarks.append(self._prompts("last_round") if left == 1 else self._prompts("rounds_left", rounds=left))
            self._conversation.answer(reply, outputs, "\n\n".join(remarks))
        return self._force("rounds")

    def _ask(self) -> Reply | None:
        """The model's next reply; None when it failed but a submission is held. Raises ModelError."""
        try:
            return self._conversation.ask()
        except FatalModelError:
            raise
        except ModelError:
            if self._held is None:
                raise
            return None

    # -- what is said ----------------------------------------------------------------------------------------------
    def _opening(self) -> str:
        brief, prompts = self._brief, self._prompts
        told = {"none": (), "category": ("category", "subject"), "families": ("category", "subject", "families")}
        names = [f"{what}_{brief.category}" for what in told[brief.prior] if what != "subject" or brief.subject]
        said = (prompts(name, subject=brief.subject) for name in names if name in prompts)
        about = [self._types("types"), *said]
        values = {
            "about_f": "\n".join(about),
            "what_to_submit": self._types("submit"),
            "how_to_submit": prompts(f"submission_{self._protocol}"),
            "exemplars": self._exemplars() if "exemplars" in self._agent.needs else "",
        }
        if not self._agent.interactive:
            return prompts("milan", **values)
        how = prompts(
            f"{'experiment' if self._code else 'query'}_{self._protocol}",
            seconds=f"{brief.seconds:g}",
            stdout=_size(brief.stdout_bytes),
            example=prompts(f"example_{brief.input_kind}"),
            most=MAX_INPUTS,
        )
        queries = counted(brief.budget, "query", "queries")
        replies = counted(brief.rounds, "reply", "replies")
        task = prompts("interactive", how_to_experiment=how, queries=queries, replies=replies, **values)
        return f"{task}\n\n{prompts('exemplars', **values)}" if "exemplars" in self._agent.needs else task

    def _types(self, name: str) -> str:
        """The prompt `name` for this category, whose types may have bounds of their own, or else for these kinds."""
        brief, prompts = self._brief, self._prompts
        if f"{name}_{brief.category}" in prompts:
            return prompts(f"{name}_{brief.category}")
        return prompts(
            name, takes=prompts(f"{name}_kind_{brief.input_kind}"), gives=prompts(f"{name}_kind_{brief.output_kind}")
        )

    def _exemplars(self) -> str:
        return observe_exemplars(self._lab, self._brief.exemplar_inputs) or self._prompts("exemplars_none")

    def _remind(self, why: str, **values: object) -> str:
        self._reminders += 1
        self._lab.note(ReminderNote(why=why))
        go_on = f"go_on_{self._protocol}" if self._agent.interactive else "go_on_submit"
        return self._prompts(f"reminder_{why}", how_to_go_on=self._prompts(go_on), **values)

    # -- experiments -----------------------------------------------------------------------------------------------
    def _run_experiments(self, parsed: ParsedReply) -> tuple[list[tuple[str, str]], list[str]]:
        """Run what the reply asks for. Outputs as (tool call id, text), and remarks if something was wrong."""
        outputs: list[tuple[str, str]] = []
        remarks: list[str] = []
        ran = []
        for request in parsed.requests[:MAX_EXPERIMENTS]:
            try:
                code = request.text if self._code else lab_code(parse_inputs(request.text, self._brief.input_kind))
            except ValueError as error:
                remarks.append(self._remind("arguments", problem=error))
                continue
            result = self._lab.run(code)
            self._experiments += 1
            ran.append((code, _NUMBERED.sub("<experiment>", result.stdout)))
            outputs.append((request.call, self._output(result)))
        if len(parsed.requests) > MAX_EXPERIMENTS:
            remarks.append(self._prompts("too_many", most=MAX_EXPERIMENTS, number=len(parsed.requests)))
        # To run the same code once more is fair, for noise may show; with the same outcome too it is a loop.
        if ran and self._last_ran == ran and parsed.submission is None:
            remarks.append(self._remind("repetition"))
        self._last_ran = ran or self._last_ran
        return outputs, remarks

    def _output(self, result: Result) -> str:
        status = result.status if result.state_kept else self._prompts("output_state_lost", status=result.status)
        return self._prompts(
            "output",
            number=self._experiments,
            status=status,
            queries=counted(result.queries, "query", "queries"),
            remaining=self._lab.remaining,
            stdout=result.stdout.rstrip() or self._prompts("output_nothing"),
        )

    # -- the end ---------------------------------------------------------------------------------------------------
    def _is_final(self, parsed: ParsedReply, remarks: list[str]) -> bool:
        """Hold the submission, if there is one. Whether it ends the episode; if not, what is missing is remarked."""
        if parsed.submission is None:
            # It was asked for what is missing and has nothing to add.
            return self._asked_for_missing and not parsed.requests and self._held is not None
        self._held = _merge(self._held, parsed.submission)
        if not parsed.complete:
            return False
        missing = [part for part in PARTS if not getattr(self._held, part).strip()]
        if not missing or self._asked_for_missing:
            return True
        self._asked_for_missing = True
        remarks.append(self._remind("missing", missing=", ".join(missing)))
        return False

    def _force(self, why: str) -> Interpretation:
        """Ask once for the best submission. What comes is taken as it is; its form matters no longer."""
        if self._held is not None and self._asked_for_missing:
            return self._held
        self._lab.note(ForcedNote(why=why))
        self._conversation.say(self._prompts("forced", how_to_submit=self._prompts(f"submission_{self._protocol}")))
        reply = self._ask()
        if reply is None:
            return self._standing()
        submission = parse_reply(reply, code=self._code).submission
        if submission is not None:
            return _merge(self._held, submission)
        if self._held is not None:
            return self._held
        return parse_without_form(reply) or Interpretation()

    def _standing(self) -> Interpretation:
        return self._held or Interpretation()


def _size(count: int) -> str:
    """A number of bytes in words: `16 KiB`, or `1000 bytes` when it is no whole number of KiB."""
    return f"{count} bytes" if count % 1024 else f"{count // 1024} KiB"


def _merge(held: Interpretation | None, new: Interpretation) -> Interpretation:
    """The new submission, with the parts that it lacks from the one before."""
    if held is None:
        return new
    return Interpretation(**{part: getattr(new if getattr(new, part).strip() else held, part) for part in PARTS})
