"""What is said in one episode: the whole of it noted in the transcript, and as much of it sent as the context holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from findbench.harness.errors import ContextOverflow
from findbench.harness.interpreters import LabLike
from findbench.harness.interpreters.protocols import as_message
from findbench.harness.model import ChatClient, Reply
from findbench.harness.schema import MessageNote, RetryNote, TrimmedNote, UsageNote
from findbench.harness.seeds import derive

LEFT_OUT = "[output left out: the context is full]"


@dataclass
class Answer:
    """What the harness says after a reply: outputs of experiments, which may be left out later, and the rest."""

    role: str
    outputs: list[str]
    rest: str
    call: str = ""
    dropped: bool = False

    def message(self) -> dict[str, Any]:
        """As it is sent."""
        outputs = [LEFT_OUT] if self.dropped else self.outputs
        content = "\n\n".join([*outputs, self.rest] if self.rest else outputs)
        return {"role": self.role, "content": content} | ({"tool_call_id": self.call} if self.call else {})


@dataclass
class Exchange:
    """A reply and what was answered; servers want tool calls and their answers together."""

    reply: dict[str, Any]
    answers: list[Answer] = field(default_factory=list)


class Conversation:
    """One episode's talk with the model. Belongs to one thread, shares nothing with another episode."""

    def __init__(
        self, client: ChatClient, lab: LabLike, *, opening: Sequence[dict[str, Any]], tools: Any, seed: int
    ) -> None:
        self._client = client
        self._lab = lab
        self._tools = tools
        self._seed = seed
        self._opening = list(opening)
        self._exchanges: list[Exchange] = []
        self._asked = 0
        for message in self._opening:
            lab.note(MessageNote(role=message["role"], content=message["content"]))

    def ask(self) -> Reply:
        """The model's next reply. Raises ModelError."""
        self._asked += 1
        seed = derive("reply", self._seed, self._asked) % 2**31
        while True:
            try:
                reply = self._client.chat(self._sent(), tools=self._tools, seed=seed, on_retry=self._on_retry)
                break
            except ContextOverflow:
                left_out = self._trim()
                if not left_out:
                    raise
                self._lab.note(TrimmedNote(what=left_out))
        self._exchanges.append(Exchange(as_message(reply)))
        self._lab.note(
            MessageNote(
                role="assistant",
                content=reply.text,
                reasoning=reply.reasoning,
                refusal=reply.refusal,
                tool_calls=reply.tool_calls,
                finish=reply.finish,
                model=reply.model,
            )
        )
        self._lab.note(UsageNote(usage=reply.usage, seconds=round(reply.seconds, 3)))
        return reply

    def answer(self, reply: Reply, outputs: Sequence[tuple[str, str]], rest: str) -> None:
        """Answer `reply`: outputs as (tool call id or "", text), and the harness's own words."""
        answers: list[Answer] = []
        if reply.tool_calls:
            by_call = dict(outputs)
            for call in reply.tool_calls:
                given = by_call.get(call.id)
                answers.append(Answer("tool", [given] if given else [], "" if given else "(not run)", call.id))
        elif outputs:
            answers.append(Answer("user", [text for _, text in outputs], ""))
        else:
            answers.append(Answer("user", [], ""))
        last = answers[-1]
        last.rest = "\n\n".join(part for part in (last.rest, rest) if part)
        self._exchanges[-1].answers += answers
        if rest:
            self._lab.note(MessageNote(role="user", content=rest))

    def say(self, text: str) -> None:
        """One more word of the harness, on its own."""
        self._exchanges[-1].answers.append(Answer("user", [], text))
        self._lab.note(MessageNote(role="user", content=text))

    def _sent(self) -> list[dict[str, Any]]:
        messages = list(self._opening)
        for exchange in self._exchanges:
            messages.append(exchange.reply)
            messages += [answer.message() for answer in exchange.answers]
        return messages

    def _on_retry(self, why: str, attempt: int, seconds: float) -> None:
        self._lab.note(RetryNote(why=why, attempt=attempt, seconds=round(seconds, 3)))

    def _trim(self) -> str:
        """Leave out a quarter of what experiments gave, oldest first; when there is none left, the oldest exchange."""
        held = [a for e in self._exchanges for a in e.answers if a.outputs and not a.dropped]
        size = sum(len(text) for answer in held for text in answer.outputs)
        gone = count = 0
        for answer in held:
            if gone * 4 >= size:
                break
            answer.dropped = True
            gone += sum(len(text) for text in answer.outputs)
            count += 1
        if count:
            return f"outputs of {count} replies, {gone} characters"
        if len(self._exchanges) > 1:
            del self._exchanges[0]
            return "the oldest reply and its answer"
        return ""
