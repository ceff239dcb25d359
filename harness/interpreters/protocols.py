"""The two protocols by which a model experiments and submits: native tool calls, or plain text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from findbench.harness.interpreters.parsing import ParsedReply, Request, parse_text
from findbench.harness.interpreters.queries import input_schema
from findbench.harness.model.failures import NoTools
from findbench.harness.schema.brief import Interpretation

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


# -- native tool calls -------------------------------------------------------------------------------------------------


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)  # a superfluous argument does no harm; a wrong type would


class _Experiment(_Arguments):
    code: str


class _Query(_Arguments):
    inputs: list[Any] | str


class _Submit(_Arguments):
    description: str | None = None
    domain: str | None = None
    code: str | None = None


def tools(prompts: Prompts, *, code: bool, interactive: bool, kind: str = "number") -> list[dict[str, Any]]:
    """The tools on offer, in OpenAI's form. With `code` experiments are Python, else lists of inputs of `kind`."""
    text = {"type": "string"}
    offered = []
    if interactive and code:
        offered.append(_tool("run_experiment", prompts("tool_run_experiment"), {"code": text}))
    elif interactive:
        offered.append(
            _tool("query", prompts("tool_query"), {"inputs": {"type": "array", "items": input_schema(kind)}})
        )
    offered.append(_tool("submit", prompts("tool_submit"), {"description": text, "domain": text, "code": text}))
    return offered


def _tool(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def parse_tool_calls(reply: Reply, *, code: bool = True) -> ParsedReply:
    """What the tool calls of a reply ask for, in order. One that cannot be parsed matters only if no other can."""
    requests: list[Request] = []
    submission: Interpretation | None = None
    problem = ""
    for call in reply.tool_calls:
        try:
            arguments = json.loads(call.arguments or "{}")
            if call.name == "run_experiment" and code:
                requests.append(Request(_Experiment.model_validate(arguments).code, call.id))
            elif call.name == "query" and not code:
                inputs = _Query.model_validate(arguments).inputs
                requests.append(Request(inputs if isinstance(inputs, str) else json.dumps(inputs), call.id))
            elif call.name == "submit":
                parts = _Submit.model_validate(arguments)
                submission = Interpretation(
                    description=parts.description or "",
                    domain=parts.domain or "",
                    code=_without_fence(parts.code or ""),
                )
            else:
                problem = f"there is no tool called {call.name[:40]!r}"
        except ValidationError as error:
            first = error.errors()[0]
            problem = f"arguments of {call.name[:40]}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        except (ValueError, RecursionError):
            problem = f"the arguments of {call.name[:40]} are not JSON"
    if requests or submission:
        return ParsedReply(tuple(requests), submission)
    return ParsedReply(problem="cut" if reply.finish == "length" else "arguments", detail=problem)


def _without_fence(code: str) -> str:
    """Code without the fence that models like to put around it."""
    lines = code.strip("\n").split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return code
