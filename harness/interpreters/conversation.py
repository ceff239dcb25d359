"""What is said in one episode: all of it is noted in the transcript, and as much is sent as the context holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from findbench.harness.errors import ContextOverflow
from findbench.harness.interpreters.parsing import without_thoughts
from findbench.harness.schema.notes import MessageNote, RetryNote, TrimmedNote, UsageNote
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike
    from findbench.harness.interpreters.prompts import Prompts
    from findbench.harness.model.client import ChatClient
    from findbench.harness.model.replies import Reply
    from findbench.harness.schema.notes import ToolCall

MOST_SEED = 2**31
"""Servers take seeds below this."""


@dataclass
class Answer:
    """What the harness says after a reply: outputs of experiments, which may be left out later, and remarks."""

    role: str
    outputs: list[str]
    remarks: str
    call: str = ""
    """Id of the tool call that is answered; empty in plain text."""
    left_out: str = ""
    """What is sent in place of the outputs once the context is full."""

    def message(self) -> dict[str, Any]:
        """The message as it is sent."""
        outputs = [self.left_out] if self.left_out else self.outputs
        content = "\n\n".join([*outputs, self.remarks] if self.remarks else outputs)
        return {"role": self.role, "content": content} | ({"tool_call_id": self.call} if self.call else {})


@dataclass
class Exchange:
    """A reply and the answers to it, kept or dropped as one: servers want tool calls and their answers together."""

    reply: dict[str, Any]
    answers: list[Answer] = field(default_factory=list)


class Conversation:
    """One episode's talk with the model. Belongs to one thread and shares nothing with another episode."""

    def __init__(
        self,
        client: ChatClient,
        prompts: Prompts,
        lab: LabLike,
        *,
        opening: Sequence[dict[str, Any]],
        tools: Sequence[dict[str, Any]],
        seed: int,
    ) -> None:
        self._client = client
        self._prompts = prompts
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
        seed = derive("reply", self._seed, self._asked) % MOST_SEED
        while True:
            try:
                reply = self._client.chat(self._sent(), tools=self._tools, seed=seed, on_retry=self._on_retry)
                break
            except ContextOverflow:
                left_out = self._trim()
                if not left_out:
                    raise
                self._lab.note(TrimmedNote(what=left_out))
        self._exchanges.append(Exchange(self._as_message(reply)))
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

    def answer(self, reply: Reply, outputs: Sequence[tuple[str, str]], remarks: str) -> None:
        """Answer `reply` with outputs as (tool call id or "", text), and with the harness's own remarks."""
        answers: list[Answer] = []
        if reply.tool_calls:
            output_of = dict(outputs)
            for call in reply.tool_calls:  # servers refuse a history in which a call has no answer
                output = output_of.get(call.id)
                answers.append(
                    Answer("tool", [output], "", call.id)
                    if output
                    else Answer("tool", [], self._prompts("call_not_run"), call.id)
                )
        else:
            answers.append(Answer("user", [text for _, text in outputs], ""))
        last = answers[-1]
        last.remarks = "\n\n".join(part for part in (last.remarks, remarks) if part)
        self._exchanges[-1].answers += answers
        if remarks:
            self._lab.note(MessageNote(role="user", content=remarks))

    def say(self, text: str) -> None:
        """One more message of the harness, on its own."""
        self._exchanges[-1].answers.append(Answer("user", [], text))
        self._lab.note(MessageNote(role="user", content=text))

    def _sent(self) -> list[dict[str, Any]]:
        messages = list(self._opening)
        for exchange in self._exchanges:
            messages.append(exchange.reply)
            messages += [answer.message() for answer in exchange.answers]
        return messages

    def _as_message(self, reply: Reply) -> dict[str, Any]:
        """The reply as it is sent back in the history: no thoughts, and only arguments that servers accept."""
        text = without_thoughts(reply.text)
        if not reply.tool_calls:
            return {"role": "assistant", "content": text or self._prompts("reply_empty")}
        return {
            "role": "assistant",
            "content": text or None,
            "tool_calls": [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _json_object(call)}}
                for call in reply.tool_calls
            ],
        }

    def _on_retry(self, why: str, attempt: int, seconds: float) -> None:
        self._lab.note(RetryNote(why=why, attempt=attempt, seconds=round(seconds, 3)))

    def _trim(self) -> str:
        """Leave out the oldest quarter of the outputs, or the oldest exchange when no output is left.

        Returns what was left out in words for the transcript, empty when there was nothing.
        """
        held = [a for exchange in self._exchanges for a in exchange.answers if a.outputs and not a.left_out]
        size = sum(len(text) for answer in held for text in answer.outputs)
        gone = count = 0
        for answer in held:
            if gone * 4 >= size:
                break
            answer.left_out = self._prompts("output_left_out")
            gone += sum(len(text) for text in answer.outputs)
            count += 1
        if count:
            return f"outputs of {count} replies, {gone} characters"
        if len(self._exchanges) > 1:
            del self._exchanges[0]
            return "the oldest reply and its answer"
        return ""


def _json_object(call: ToolCall) -> str:
    """The arguments if they are a JSON object, else an empty one: servers refuse a history with anything else."""
    try:
        return call.arguments if isinstance(json.loads(call.arguments), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"
