"""What a plain-text reply asks for: experiments, lists of inputs, a submission, or nothing. Nothing is executed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from findbench.harness.interpreters.fences import split_fences
from findbench.harness.schema.brief import Interpretation

if TYPE_CHECKING:
    from findbench.harness.model.replies import Reply

Problem = Literal["empty", "cut", "format", "refusal", "arguments"]
PARTS = ("description", "domain", "code")
MAX_TEXT = 200_000
"""Characters of a reply that are parsed; a longer one comes from a model that repeats itself without end."""
MAX_PROSE = 20_000
"""Characters of prose that are taken for a description when a last reply has no form."""


@dataclass(frozen=True)
class Request:
    """One experiment's code, or one list of inputs where the model may only name inputs, as the model wrote it."""

    text: str
    call: str = ""
    """Id of the tool call that it came by; empty in plain text."""


@dataclass(frozen=True)
class ParsedReply:
    """What one reply asks for. Experiments run before a submission beside them counts."""

    requests: tuple[Request, ...] = ()
    submission: Interpretation | None = None
    complete: bool = True
    """False: the submission was cut off. It is kept as the last resort while a better one is asked for."""
    problem: Problem | None = None
    """Why there is neither a request nor a complete submission."""
    detail: str = ""
    """What exactly is wrong with the arguments of a tool call, for the model."""


def parse_text(reply: Reply, *, code: bool = True) -> ParsedReply:
    """What `reply.text` asks for. With `code` experiments are fenced Python, else lists of inputs between tags."""
    cut = reply.finish == "length"
    if reply.refusal or reply.finish == "content_filter":
        return ParsedReply(problem="refusal")
    text = without_thoughts(reply.text)
    if not text.strip():
        return ParsedReply(problem="cut" if cut else "empty")
    submission, complete, rest = _find_submission(text, cut=cut)
    found = _find_python(rest, cut=cut) if code else _find_inputs(rest, cut=cut)
    requests = tuple(Request(item) for item in dict.fromkeys(found))  # a block that repeats is one experiment
    if requests or (submission and complete):
        return ParsedReply(requests, submission, complete)
    return ParsedReply((), submission, complete, problem="cut" if cut else "format")


def parse_without_form(reply: Reply) -> Interpretation | None:
    """The best that a last reply gives when it has no form: its prose as description, its last Python as code."""
    fences, prose = split_fences(without_thoughts(reply.text))
    answers = [
        fence.text for fence in fences if fence.label in _PYTHON and ("predict" in fence.text or "TABLE" in fence.text)
    ]
    description = prose.strip()[:MAX_PROSE]
    if not description and not answers:
        return None
    return Interpretation(description=description, code=answers[-1] if answers else "")


def without_thoughts(text: str) -> str:
    """The text without what a reasoning model thought aloud in tags: thoughts hold drafts, which are not replies."""
    text = text[:MAX_TEXT]
    for tag in ("think", "thinking"):
        opening, closing = f"<{tag}>", f"</{tag}>"
        kept, at = [], 0
        first = text.find(closing)
        if first >= 0 and text.find(opening, 0, first) < 0:
            at = first + len(closing)  # the chat template had opened it
        while at >= 0:
            begin = text.find(opening, at)
            kept.append(text[at : begin if begin >= 0 else len(text)])
            end = text.find(closing, begin) if begin >= 0 else -1
            at = end + len(closing) if end >= 0 else -1  # what is not closed is a thought to the end
        text = "".join(kept)
    return text


# -- experiments -------------------------------------------------------------------------------------------------------

_PYTHON = frozenset({"", "python", "py", "python3", "ipython", "tool_code", "code"})
"""Labels of blocks that models write Python in."""


def _find_python(text: str, *, cut: bool) -> list[str]:
    """Fenced Python. A block that is not closed is whole if the model stopped by itself, and half if it was cut."""
    fences = [fence for fence in split_fences(text)[0] if fence.label in _PYTHON and (fence.closed or not cut)]
    labelled = [fence.text for fence in fences if fence.label]
    # Beside labelled Python, a block without a label is mostly the output that the model expects.
    return labelled or [fence.text for fence in fences]


def _find_inputs(text: str, *, cut: bool) -> list[str]:
    """Lists between `<inputs>` tags; without any, fenced blocks that begin like a list."""
    found = []
    begin = text.find("<inputs>")
    while begin >= 0:
        begin += len("<inputs>")
        end = text.find("</inputs>", begin)
        if end >= 0 or not cut:
            found.append(text[begin : end if end >= 0 else len(text)].strip())
        begin = text.find("<inputs>", end) if end >= 0 else -1
    fences = [fence for fence in split_fences(text)[0] if fence.label in ("", "json") and (fence.closed or not cut)]
    return found or [fence.text.strip() for fence in fences if fence.text.lstrip().startswith("[")]


# -- submissions -------------------------------------------------------------------------------------------------------

# Every pattern here is linear in what a model may write: no two parts of it that stand side by side match the same.
_UNFILLED = re.compile(r"(?:def predict\(x\)(?: *-> *\w+)?:)?\s*(?:\.\.\.|…)[\s}]*")
"""Code of the form as the prompt shows it, which small models copy without filling anything in; stripped."""
_TAG = re.compile(r"^[ \t`>]*<(submission|description|domain|code)>", re.IGNORECASE | re.MULTILINE | re.ASCII)
_OPENING = {part: re.compile(f"<{part}>", re.IGNORECASE | re.ASCII) for part in PARTS}
_CLOSING = {part: re.compile(f"</{part}>", re.IGNORECASE | re.ASCII) for part in ("submission", *PARTS)}


def _find_submission(text: str, *, cut: bool) -> tuple[Interpretation | None, bool, str]:
    """The last submission in the text, whether it is complete, and the text around it."""
    tags = list(_TAG.finditer(text))
    outer = [tag for tag in tags if tag[1].lower() == "submission"]
    if not tags or (not outer and {"description", "code"} - {tag[1].lower() for tag in tags}):
        return None, True, text
    start = outer[-1].start() if outer else tags[0].start()
    closing = _CLOSING["submission"].search(text, start)
    end = closing.start() if closing else len(text)
    after = text[closing.end() :] if closing else ""
    if not outer:  # the parts alone, without the tag around them
        end = max((found.end() for part in PARTS if (found := _last(_CLOSING[part], text))), default=end)
        after = text[end:]
    parts = {part: _find_part(text[start:end], part) for part in PARTS}
    if not any(parts.values()):
        return None, True, text[:start] + after
    complete = not cut or closing is not None or (not outer and _CLOSING["code"].search(text, start) is not None)
    return Interpretation(**parts), complete, text[:start] + after


def _find_part(text: str, part: str) -> str:
    """The content of one part of a submission; empty when it is missing or was not filled in."""
    opening = _OPENING[part].search(text)
    if opening is None:
        return ""
    start = opening.end()
    # Code may hold anything, so its end is the last tag that closes it; prose ends at the first.
    closing = _last(_CLOSING[part], text, start) if part == "code" else _CLOSING[part].search(text, start)
    if closing is None:
        others = [found.start() for other in PARTS if other != part and (found := _OPENING[other].search(text, start))]
        end = min(others, default=len(text))
    else:
        end = closing.start()
    content = text[start:end].strip("\n")
    if part == "code":
        fences, _ = split_fences(content)
        code = fences[0].text if fences else content.rstrip()
        return "" if _UNFILLED.fullmatch(code.strip()) else code
    content = content.strip()
    return "" if content in ("...", "…") else content


def _last(pattern: re.Pattern[str], text: str, start: int = 0) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text, start):  # noqa: B007 - the last one is what is wanted
        pass
    return found
