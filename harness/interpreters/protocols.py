"""How a model runs experiments and submits: native tool calls where it can, plain text where it cannot."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from findbench.harness.interpreters.prompts import Prompts
from findbench.harness.interpreters.reading import Reading, Request, read_text, visible
from findbench.harness.model import ChatClient, NoTools, Reply, ToolCall
from findbench.harness.schema import Interpretation

Name = Literal["native", "text"]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Experiment(_Lenient):
    code: str


class _Query(_Lenient):
    inputs: list[Any] | str


class _Submit(_Lenient):
    description: str | None = None
    domain: str | None = None
    code: str | None = None


def tools(prompts: Prompts, *, code: bool, interactive: bool, kind: str = "number") -> list[dict[str, Any]]:
    """The tools on offer. `code`: experiments in Python, else queries by a list of inputs of `kind`."""
    text = {"type": "string"}
    offered = []
    if interactive and code:
        offered.append(_tool("run_experiment", prompts("tool_run_experiment"), {"code": text}))
    elif interactive:
        item = {"type": "number" if kind == "number" else "string"}
        offered.append(_tool("query", prompts("tool_query"), {"inputs": {"type": "array", "items": item}}))
    offered.append(_tool("submit", prompts("tool_submit"), {"description": text, "domain": text, "code": text}))
    return offered


def _tool(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def find_out(client: ChatClient, prompts: Prompts) -> Name:
    """Ask the model to call a tool: `native` if it does, `text` if it (or its server) does not."""
    try:
        reply = client.chat(
            [{"role": "user", "content": prompts("probe")}],
            tools=tools(prompts, code=True, interactive=True),
            retries=2,
        )
    except NoTools:
        return "text"
    # A call that cannot be read is what plain text is better than.
    reading = read_native(reply)
    return "native" if reply.tool_calls and reading.requests else "text"


def read(reply: Reply, *, code: bool = True) -> Reading:
    """What a reply asks for: by its tool calls if it holds any, else by its text. Models mix the two."""
    if reply.tool_calls and not reply.refusal and reply.finish != "content_filter":
        return read_native(reply, code=code)
    return read_text(reply, code=code)


def read_native(reply: Reply, *, code: bool = True) -> Reading:
    """What the tool calls of a reply ask for, in order."""
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
                    description=parts.description or "", domain=parts.domain or "", code=_bare(parts.code or "")
                )
            else:
                problem = f"there is no tool called {call.name[:40]!r}"
        except ValidationError as error:
            first = error.errors()[0]
            problem = f"arguments of {call.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        except (ValueError, RecursionError):
            problem = f"the arguments of {call.name[:40]} are not JSON"
    if requests or submission:
        return Reading(tuple(requests), submission)
    return Reading(problem="cut" if reply.finish == "length" else "arguments", detail=problem)


def _bare(code: str) -> str:
    """Code without the fence that models like to put around it."""
    lines = code.strip("\n").split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return code


def as_message(reply: Reply) -> dict[str, Any]:
    """The reply as it is sent back in the history: no thoughts, and only arguments that servers accept."""
    text = visible(reply.text)
    if not reply.tool_calls:
        return {"role": "assistant", "content": text or "(empty)"}
    return {
        "role": "assistant",
        "content": text or None,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _json_object(call)}}
            for call in reply.tool_calls
        ],
    }


def _json_object(call: ToolCall) -> str:
    try:
        return call.arguments if isinstance(json.loads(call.arguments), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"
