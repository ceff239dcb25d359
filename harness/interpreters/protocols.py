"""The two protocols by which a model runs experiments and submits: native tool calls, or plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from findbench.harness.interpreters.parsing import ParsedReply, parse_text
from findbench.harness.interpreters.tool_calls import parse_tool_calls, tools
from findbench.harness.model.failures import NoTools

if TYPE_CHECKING:
    from findbench.harness.interpreters.prompts import Prompts
    from findbench.harness.model.client import ChatClient
    from findbench.harness.model.replies import Reply

ProtocolName = Literal["native", "text"]


def detect_protocol(client: ChatClient, prompts: Prompts) -> ProtocolName:
    """Ask the model to call a tool: `native` if it does, `text` if it (or its server) does not. Raises ModelError."""
    try:
        reply = client.chat(
            [{"role": "user", "content": prompts("probe")}],
            tools=tools(prompts, code=True, interactive=True),
            retries=2,
        )
    except NoTools:
        return "text"
    # A model whose calls cannot be parsed does better in plain text, so a call alone is not enough.
    return "native" if reply.tool_calls and parse_tool_calls(reply).requests else "text"


def parse_reply(reply: Reply, *, code: bool = True) -> ParsedReply:
    """What a reply asks for: by its tool calls if it holds any, else by its text. Models mix the two."""
    if reply.tool_calls and not reply.refusal and reply.finish != "content_filter":
        return parse_tool_calls(reply, code=code)
    return parse_text(reply, code=code)
